import type { SourceOf } from '@quotewire/sources';
import type { Document, Element } from 'domhandler';
import { elementsBelow, groupBySelector, hasWord, isWithin, textOf } from './element-names.ts';
import { findAuthor } from './find-author.ts';
import { findItems, type Items } from './find-items.ts';
import { findNext } from './find-next.ts';
import { findTags } from './find-tags.ts';
import { findTexts, type Texts } from './find-texts.ts';
import { joinShapes, type Read, type Shape } from './join-shapes.ts';
import { isSentence, wordsIn } from './prose.ts';
import { elementsInMarks } from './quoted-elements.ts';
import { textAndAuthor } from './text-field.ts';

type Entry = Pick<SourceOf<'html'>, 'item' | 'fields' | 'next'>;
type Groups = ReadonlyMap<string, readonly Element[]>;

/** So many groups of texts are followed up. */
const MAX_CANDIDATES = 12;
/** The maximum number of containers examined for an author, if there is one text. */
const MAX_SURROUNDINGS = 12;
/** A page with this many times the words of its single quotation is no page of quotes. */
const MAX_PROSE = 8;

const quoteWords = new Set(['quote', 'quotation', 'saying', 'citation', 'zitat', 'cita']);

/** Proposes selectors for the quotes of a page, by repeated elements that look like quotes; undefined if there are none. */
export function proposeHtml(
  document: Document,
  { url, read }: { url: string; read: Read },
): Entry | undefined {
  const elements = elementsBelow(document);
  const groups = groupBySelector(elements);
  const shapes = findTexts(groups, elementsInMarks(document))
    .slice(0, MAX_CANDIDATES)
    .flatMap((texts) => shapeOf(texts, groups) ?? [])
    .filter((shape) => !isAside(shape, elements))
    .sort((a, b) => b.score - a.score);
  if (shapes.length === 0) return undefined;
  const next = findNext(document, { url });
  return { ...joinShapes(shapes, read), ...(next === undefined ? {} : { next }) };
}

function shapeOf(texts: Texts, groups: Groups): Shape | undefined {
  const found = findItems(texts.elements, groups);
  const surroundings = texts.elements.length === 1 ? found.slice(0, MAX_SURROUNDINGS) : found;
  const [first] = surroundings;
  if (first === undefined) return undefined;
  const authored = texts.elements.length === 1 ? surroundings.find(hasAuthor) : undefined;
  const items = authored ?? first;
  const author = findAuthor(items.items);
  const fields = textAndAuthor(items, author);
  const tags = findTags(items.items, author?.selector);
  const isSigned = author !== undefined || hasGroup(fields.text, 'author');
  if (texts.isNamedOnly && !isSigned) return undefined;
  return {
    entry: { item: items.selector, fields: { ...fields, ...(tags === undefined ? {} : { tags }) } },
    items,
    isSigned,
    score: texts.score + (author === undefined ? 0 : 2) + (tags === undefined ? 0 : 1),
  };
}

function hasAuthor({ items }: Items): boolean {
  return findAuthor(items) !== undefined;
}

function hasGroup(field: Entry['fields']['text'], name: string): boolean {
  return typeof field === 'object' && field.pattern?.includes(`(?<${name}>`) === true;
}

/** One quotation that nobody signed, among much that isn't quoted, is a part of an article. */
function isAside({ items: { items }, isSigned }: Shape, elements: readonly Element[]): boolean {
  if (isSigned || items.length > 2) return false;
  if (items.some(({ element, text }) => [element, text].some((one) => hasWord(one, quoteWords))))
    return false;
  const quoted = items.reduce((sum, { text }) => sum + wordsIn(textOf(text)), 0);
  const others = elements.filter(
    (element) => element.name === 'p' && !items.some(({ text }) => isWithin(element, text)),
  );
  const prose = others.map(textOf).filter(isSentence);
  return prose.reduce((sum, text) => sum + wordsIn(text), 0) > MAX_PROSE * quoted;
}
