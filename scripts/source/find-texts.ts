import type { Element } from 'domhandler';
import { ancestorsOf, elementsBelow, hasWord, textOf } from './element-names.ts';

/** Elements that may be the texts of quotes, and how much speaks for it. */
export interface Texts {
  readonly selector: string;
  readonly elements: readonly Element[];
  readonly score: number;
}

const quoteWords = new Set(
  'quote quotation saying aphorism cytat zitat citation citat cita frase'.split(' '),
);
const listWords = new Set(['quotes', 'quotations', 'sayings']);
const bodyWords = new Set(['text', 'content', 'body', 'message']);
const otherWords = new Set(
  'author tag tags nav menu footer header comment comments title date meta bar sidebar box login pager pagination'.split(
    ' ',
  ),
);
const bylineWords = new Set(['author', 'byline', 'attribution']);
const elsewhere = new Set(['nav', 'aside', 'form', 'select', 'button', 'footer', 'header', 'h1']);
const blocks = new Set('div p ul ol dl table section article header footer h1 h2 h3 h4'.split(' '));

const MIN_LENGTH = 8;
const MAX_LENGTH = 2_000;
/** So many of a group are looked at. */
const SAMPLE = 50;
const MIN_SCORE = 2;
/** Shorter links are more often to collections. */
const LINKED_LENGTH = 30;
const QUOTE_ADDRESS = /\/quotes?[/_-]/i;

const MARKED = /^[“"„«‘「『].*[”"“»’」』][.!?]?$/s;
/** How a text and a name may stand in one element: the text in marks, or a dash between them. */
export const bylines = [
  String.raw`^(?<text>[“"„«].+[”"“»])\s*[—―–~,-]*\s*(?:by\s+)?(?<author>[^“”"„«»]{2,120})$`,
  String.raw`^(?:\d+\.\s*)?(?<text>.+?)\s*(?:—|―|–|~|--+|\s-)\s*(?<author>[^—―–~]{2,120}?)\s*~?$`,
];

const MARKED_WITH_NAME = new RegExp(bylines[0] ?? '', 'su');

/** The groups that look most like the texts of quotes, the best first. */
export function findTexts(groups: ReadonlyMap<string, readonly Element[]>): Texts[] {
  const found: Texts[] = [];
  const seen = new Map<Element, number[]>();
  for (const [selector, all] of groups) {
    const elements = all.filter(
      (element) => textOf(element).length >= MIN_LENGTH && !isElsewhere(element),
    );
    const [first] = elements;
    if (first === undefined || elements.length < all.length / 2) continue;
    // n.b. one group has many selectors; the first is the most telling
    const sizes = seen.get(first) ?? [];
    if (sizes.includes(elements.length)) continue;
    seen.set(first, [...sizes, elements.length]);
    const score = scoreOf(elements);
    if (score >= MIN_SCORE) found.push({ selector, elements, score });
  }
  return found.sort((a, b) => b.score - a.score);
}

function scoreOf(elements: readonly Element[]): number {
  const sample = elements.slice(0, SAMPLE);
  const texts = sample.map(textOf);
  if (medianOf(texts.map(({ length }) => length)) > MAX_LENGTH) return 0;
  if (new Set(texts).size < texts.length * 0.6) return 0;
  const share = (test: (element: Element) => boolean) => shareOf(sample, test);
  const marked = shareOf(texts, (text) => MARKED.test(text));
  const markedWithName = shareOf(texts, (text) => MARKED_WITH_NAME.test(text));
  const signed =
    elements.length >= 3 ? Math.max(...bylines.map((one) => matchShare(texts, one))) : 0;
  const evidence =
    3 * marked +
    1.5 * markedWithName +
    3 * share(isQuotation) +
    2 * share((element) => hasWord(element, quoteWords)) +
    3 * share(({ attribs }) => attribs.itemprop === 'text') +
    1.5 * share(isQuoteLink) +
    1.5 *
      share(({ parent }) => parent !== null && 'attribs' in parent && hasWord(parent, listWords)) +
    (signed >= 0.6 ? 2 : 0);
  if (evidence < 1) return 0;
  return (
    evidence +
    1.5 * share((element) => hasWord(element, bodyWords)) +
    Math.min(2, Math.log2(elements.length) / 2) -
    4 * share((element) => hasWord(element, otherWords)) -
    2 * share((element) => below(element, ({ name }) => name === 'a') > 2) -
    1.5 * share((element) => below(element, ({ name }) => blocks.has(name)) > 1) -
    2 * share((element) => below(element, isByline) > 0) -
    shareOf(texts, (text) => /^\d+[.)]/.test(text))
  );
}

function isQuotation({ name, parent }: Element): boolean {
  return (
    name === 'q' ||
    name === 'blockquote' ||
    (parent !== null && 'name' in parent && parent.name === 'blockquote' && name === 'p')
  );
}

/** A text that leads to a page of its own, as some sites have it. */
function isQuoteLink(element: Element): boolean {
  const { href = '' } = element.attribs;
  return QUOTE_ADDRESS.test(href) && textOf(element).length >= LINKED_LENGTH;
}

function isByline(element: Element): boolean {
  return ['small', 'cite', 'footer'].includes(element.name) || hasWord(element, bylineWords);
}

function isElsewhere(element: Element): boolean {
  return (
    elsewhere.has(element.name) || ancestorsOf(element).some(({ name }) => elsewhere.has(name))
  );
}

function below(element: Element, test: (element: Element) => boolean): number {
  return elementsBelow(element).filter(test).length;
}

/** How many of the texts a pattern matches, with a name that could be one. */
export function matchShare(texts: readonly string[], pattern: string): number {
  const expression = new RegExp(pattern, 'su');
  return shareOf(texts, (text) => {
    const { text: words = '', author = '' } = expression.exec(text)?.groups ?? {};
    return words.length >= MIN_LENGTH && author.length < words.length + 40;
  });
}

function shareOf<T>(all: readonly T[], test: (one: T) => boolean): number {
  return all.filter(test).length / Math.max(1, all.length);
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
