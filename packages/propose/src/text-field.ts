import { visibleText } from '@quotewire/extract/visible-text';
import { compileSelector, type SourceOf } from '@quotewire/sources';
import type { Element } from 'domhandler';
import { ancestorsOf, isWithin, selectorsOf, textOf } from './element-names.ts';
import type { Author } from './find-author.ts';
import { findFurniture } from './find-furniture.ts';
import type { Items } from './find-items.ts';
import { bylines, matchShare } from './find-texts.ts';
import { shareOf } from './prose.ts';
import { areVerses, withLines } from './verse.ts';

type Field = SourceOf<'html'>['fields']['text'];
type Fields = SourceOf<'html'>['fields'];

const MIN_BYLINE_SHARE = 0.6;
/** A pattern must match almost all texts to be preferred to a link. */
const MIN_BETTER_SHARE = 0.8;

const WITHOUT_TAIL = String.raw`^(?<text>.+?)(?:[\s—―–~|·-]|[(（[【]\s*[)）\]】])*$`;
const NUMBERED = String.raw`^\d+[.)]\s*(?<text>.+)$`;
const NAME_ALONE = String.raw`^(?:[—―–~-]+|[Bb]y\s)?\s*(?<author>.+?)(?:\s+[—―–]\s.*|[\s,;:]*)$`;

/** Returns the fields of text and author, with patterns that separate them if they share an element. */
export function textAndAuthor(
  items: Items,
  author: Author | undefined,
): Pick<Fields, 'text' | 'author'> {
  const fields = fieldsApart(items, author);
  const texts = items.items.map(({ text }) => text);
  return { ...fields, text: areVerses(texts, fields.text) ? withLines(fields.text) : fields.text };
}

function fieldsApart(
  { textSelector: selector, items }: Items,
  author: Author | undefined,
): Pick<Fields, 'text' | 'author'> {
  const texts = items.map(({ text }) => text);
  const isInText = author?.elements.some((one) => texts.some((text) => isWithin(one, text)));
  const furniture = findFurniture(texts, author?.selector);
  const pattern = bylines.find(
    (one) => matchShare(textsWithout(furniture, texts), one) >= MIN_BYLINE_SHARE,
  );
  if (author !== undefined && isInText === true) {
    const isBetter = (one: string) =>
      matchShare(textsWithout(furniture, texts), one) >= MIN_BETTER_SHARE;
    if (author.isNamed || !bylines.some(isBetter)) {
      const exclude = [...furniture, ...holdersOf(author, texts)].join(', ');
      return { text: { selector, exclude, pattern: WITHOUT_TAIL }, author: authorField(author) };
    }
  } else if (author !== undefined) {
    return {
      text: fieldOf(selector, furniture, tailPattern(textsWithout(furniture, texts))),
      author: authorField(author),
    };
  }
  return {
    text: fieldOf(selector, furniture, pattern ?? tailPattern(textsWithout(furniture, texts))),
  };
}

function fieldOf(
  selector: string,
  furniture: readonly string[],
  pattern: string | undefined,
): Field {
  if (furniture.length === 0 && pattern === undefined) return selector;
  return {
    selector,
    ...(furniture.length > 0 && { exclude: furniture.join(', ') }),
    ...(pattern !== undefined && { pattern }),
  };
}

function tailPattern(texts: readonly string[]): string | undefined {
  if (shareOf(texts, (text) => /^\d+[.)]/.test(text)) > 0.8) return NUMBERED;
  return texts.some((text) => /[—―–~|·]\s*$|[(（[【]\s*[)）\]】]$/.test(text))
    ? WITHOUT_TAIL
    : undefined;
}

/** What holds the author within the text, and all behind it: a work, a year. */
function holdersOf(author: Author, texts: readonly Element[]): string[] {
  const holders = author.elements.map((element) => {
    const text = texts.find((one) => isWithin(element, one));
    const above = [element, ...ancestorsOf(element)];
    const holder = above.find(({ parent }) => parent === text) ?? element;
    return text !== undefined && textOf(holder).length < textOf(text).length / 2 ? holder : element;
  });
  const [first] = holders;
  const selector =
    first === undefined || author.elements.includes(first)
      ? author.selector
      : (selectorsOf(first).find((one) => findsAll(one, holders, texts)) ?? author.selector);
  const behind = `${selector} ~ *`;
  const find = compileSelector(behind);
  return texts.some((text) => find(text).length > 0) ? [selector, behind] : [selector];
}

function findsAll(
  selector: string,
  holders: readonly Element[],
  texts: readonly Element[],
): boolean {
  const found = texts.flatMap((text) => compileSelector(selector)(text));
  return found.length === holders.length && found.every((one) => holders.includes(one));
}

function authorField({ selector, elements }: Author): Field {
  const exclude = workIn(elements);
  const needsPattern = textsWithout(exclude, elements).some((name) =>
    /^(?:[—―–~-]|by\s)|\s[—―–]\s|[,;:]$/i.test(name),
  );
  return fieldOf(selector, exclude, needsPattern ? NAME_ALONE : undefined);
}

/** n.b. behind a comma an author's own element may name the work, set apart by its type. */
function workIn(authors: readonly Element[]): string[] {
  return ['i', 'em', 'cite'].filter((name) => {
    const find = compileSelector(name);
    return authors.some((author) => {
      const [work] = find(author, 1);
      if (work === undefined) return false;
      const before = visibleText(author, { excluded: new Set([work]) });
      return /\p{L}.*[,—―–]$/u.test(before);
    });
  });
}

function textsWithout(selectors: readonly string[], elements: readonly Element[]): string[] {
  const find = selectors.length === 0 ? undefined : compileSelector(selectors.join(', '));
  return elements.map((element) =>
    find === undefined
      ? textOf(element)
      : visibleText(element, { excluded: new Set(find(element)) }),
  );
}
