import { compileSelector, type SourceOf } from '@quotewire/sources';
import type { Document, Element } from 'domhandler';
import { elementsBelow, groupBySelector, textOf } from './element-names.ts';
import { findAuthor, findTags, type Item, selectorWithin } from './find-fields.ts';
import { findItems } from './find-items.ts';
import { findNext } from './find-next.ts';
import { bylines, findTexts, matchShare, type Texts } from './find-texts.ts';

type Entry = Pick<SourceOf<'html'>, 'item' | 'fields' | 'next'>;
type Field = SourceOf<'html'>['fields']['text'];

/** So many groups of texts are followed up. */
const MAX_CANDIDATES = 12;
const MIN_BYLINE_SHARE = 0.6;

/** A list within the text of a quote is about it. */
const NOTES = 'ul, ol, dl';

const WITHOUT_DASH = String.raw`^(?<text>.+?)[\s—―–~-]*$`;
const BEHIND_DASH = String.raw`^(?:[—―–~-]+|[Bb]y\s)?\s*(?<author>.+)$`;

/** Where the quotes on a page seem to be, by what is repeated on it and looks like quotes; undefined when nothing does. */
export function proposeHtml(document: Document, { url }: { url: string }): Entry | undefined {
  const groups = groupBySelector(elementsBelow(document));
  const candidates = findTexts(groups)
    .slice(0, MAX_CANDIDATES)
    .flatMap((texts) => candidateOf(texts, groups));
  const [best] = candidates.sort((a, b) => b.score - a.score);
  if (best === undefined) return undefined;
  const next = findNext(document, { url });
  return { ...best.entry, ...(next === undefined ? {} : { next }) };
}

function candidateOf(
  { elements: texts, score }: Texts,
  groups: Parameters<typeof findItems>[1],
): { entry: Entry; score: number }[] {
  const found = findItems(texts, groups);
  if (found === undefined) return [];
  const items = found.elements.map((element, index): Item => ({
    element,
    text: texts[index] ?? element,
  }));
  const selector = items
    .map(selectorWithin)
    .find((one) => one !== undefined && isRight(one, items));
  if (selector === undefined) return [];
  const author = findAuthor(items);
  const tags = findTags(items, author?.selector);
  const fields = {
    text: textField(selector, { items, author: author?.selector }),
    ...(author && {
      author: author.hasDash
        ? { selector: author.selector, pattern: BEHIND_DASH }
        : author.selector,
    }),
    ...(tags === undefined ? {} : { tags }),
  };
  const bonus = (author === undefined ? 0 : 2) + (tags === undefined ? 0 : 1);
  return [{ entry: { item: found.selector, fields }, score: score + bonus }];
}

function isRight(selector: string, items: readonly Item[]): boolean {
  const find = compileSelector(selector);
  return items.every(({ element, text }) => find(element, 1)[0] === text);
}

/** The text's own selector, without an author that stands within it, or with what tells them apart. */
function textField(
  selector: string,
  { items, author }: { items: readonly Item[]; author: string | undefined },
): Field {
  const texts = items.map(({ text }) => textOf(text));
  if (author === undefined) {
    const pattern = bylines.find((one) => matchShare(texts, one) >= MIN_BYLINE_SHARE);
    const exclude = items.some(({ text }) => hasList(text)) ? NOTES : undefined;
    if (pattern === undefined && exclude === undefined) return selector;
    return { selector, ...(exclude && { exclude }), ...(pattern && { pattern }) };
  }
  const find = compileSelector(author);
  const isWithin = items.some(({ text }) => find(text, 1).length > 0);
  return isWithin ? { selector, exclude: author, pattern: WITHOUT_DASH } : selector;
}

function hasList(text: Element): boolean {
  return elementsBelow(text).some(({ name }) => ['ul', 'ol', 'dl'].includes(name));
}
