import { type Element, isText } from 'domhandler';
import { ancestorsOf, elementsBelow, hasWord, textOf } from './element-names.ts';
import { isByline, isProse, isSentence, shareOf, wordsIn } from './prose.ts';

/** Elements that may be the texts of quotes, and how much speaks for it. */
export interface Texts {
  readonly elements: readonly Element[];
  readonly score: number;
  /** Only names speak for it: a class such as quote may mean a price, or a button. */
  readonly isNamedOnly: boolean;
}

const quoteWords = new Set(
  'quote quotation saying aphorism cytat zitat citation citat cita citazione frase'.split(' '),
);
const listWords = new Set(['quotes', 'quotations', 'sayings']);
const bodyWords = new Set(['text', 'content', 'body', 'message']);
const otherWords = new Set(
  'author tag tags nav menu footer header comment comments title date meta bar sidebar box login pager pagination btn button form price'.split(
    ' ',
  ),
);
const bylineWords = new Set(['author', 'byline', 'attribution']);
const elsewhere = new Set(['nav', 'aside', 'select', 'button', 'footer', 'header', 'h1', 'label']);
const blocks = new Set('div p ul ol dl table section article header footer h1 h2 h3 h4'.split(' '));

const MIN_LENGTH = 8;
const MAX_LENGTH = 2_000;
/** So many of a group are looked at. */
const SAMPLE = 50;
const MIN_SCORE = 2;
/** The maximum depth of a part inside a quote. */
const MAX_LEVELS = 3;
/** Shorter links are more often to collections. */
const LINKED_LENGTH = 30;
const QUOTE_ADDRESS = /\/quotes?[/_-]/i;
/** The title of a collection, or the price of something. */
const NO_QUOTE =
  /\b(?:quotes|quotations|sayings|citations|zitate|citas|frases)\b|\b(?:get|request|free|instant|your)\b.{0,20}\bquote\b/i;

const MARKED = /^(?:\d+[.)]\s*)?[“"„«‘「『].*[”"“»’」』][.!?]?$/s;
/** A text and an author in one element: with quotation marks around the text, or a dash between them. */
export const bylines = [
  String.raw`^(?:\d+[.)]\s*)?(?<text>[“"„«].+[”"“»])\s*[—―–~,-]*\s*(?:by\s+)?(?<author>[^“”"„«»]{2,120})$`,
  String.raw`^(?:\d+[.)]\s*)?(?<text>.+?)\s*(?:—|―|–|~|--+|\s-)\s*(?<author>[^—―–~]{2,120}?)\s*~?$`,
];

/** Returns the groups of elements that look most like the texts of quotes, best first; those `inMarks` are between quotation marks. */
export function findTexts(
  groups: ReadonlyMap<string, readonly Element[]>,
  inMarks: ReadonlySet<Element>,
): Texts[] {
  const found: Texts[] = [];
  const seen = new Map<Element, number[]>();
  for (const all of [...groups.values(), ...groupsInMarks(groups, inMarks)]) {
    const here = all.filter((element) => !isElsewhere(element) && !isNote(element));
    const elements = here.filter((element) => widthOf(textOf(element)) >= MIN_LENGTH);
    const [first] = elements;
    if (first === undefined || elements.length < here.length / 2) continue;
    // n.b. one group has many selectors; the first is the most telling
    const sizes = seen.get(first) ?? [];
    if (sizes.includes(elements.length)) continue;
    seen.set(first, [...sizes, elements.length]);
    const texts = textsOf(elements, inMarks);
    if (texts.score >= MIN_SCORE) found.push(texts);
  }
  return found.sort((a, b) => b.score - a.score);
}

/** Elements between quotation marks may have no distinctive class name. */
function groupsInMarks(
  groups: ReadonlyMap<string, readonly Element[]>,
  inMarks: ReadonlySet<Element>,
): Element[][] {
  return [...groups.values()]
    .map((group) => group.filter((element) => inMarks.has(element)))
    .filter(({ length }) => length > 0);
}

function textsOf(elements: readonly Element[], inMarks: ReadonlySet<Element>): Texts {
  const none = { elements, score: 0, isNamedOnly: false };
  const sample = elements.slice(0, SAMPLE);
  const texts = sample.map(textOf);
  if (medianOf(texts.map(({ length }) => length)) > MAX_LENGTH) return none;
  if (new Set(texts).size < texts.length * 0.6) return none;
  if (shareOf(texts, isProse) < 0.5 || shareOf(texts, (text) => NO_QUOTE.test(text)) > 0.5)
    return none;
  const share = (test: (element: Element) => boolean) => shareOf(sample, test);
  const signed = Math.max(...bylines.map((one) => matchShare(texts, one)));
  const shown =
    3 * share((element) => inMarks.has(element) || MARKED.test(textOf(element))) +
    1.5 * matchShare(texts, bylines[0] ?? '') +
    3 * share(isQuotation) +
    3 * share(({ attribs }) => attribs.itemprop === 'text') +
    1.5 * share(isQuoteLink) +
    (signed >= 0.6 && elements.length >= 3 ? 2 : 0);
  const named = 2 * share((element) => hasWord(element, quoteWords)) + 1.5 * share(isInQuote);
  if (shown + named < 1) return none;
  const isBody = share((element) => hasWord(element, bodyWords));
  const score =
    shown +
    named +
    1.5 * isBody +
    Math.min(2, Math.log2(elements.length) / 2) -
    4 * share((element) => !isQuoteLink(element) && hasWord(element, otherWords)) -
    4 * share(isWithinSentence) -
    2 * share(isMadeOfLinks) -
    1.5 * share((element) => below(element, ({ name }) => blocks.has(name)) > 1) -
    share((element) => below(element, isBylineElement) > 0) -
    0.5 * shareOf(texts, (text) => /^\d+[.)]/.test(text));
  const isNamedOnly = shown < 1 && isBody < 0.5 && shareOf(texts, isSentence) < 0.5;
  return { elements, score, isNamedOnly };
}

function isQuotation({ name, parent }: Element): boolean {
  return (
    name === 'q' ||
    name === 'blockquote' ||
    (parent !== null && 'name' in parent && parent.name === 'blockquote' && name === 'p')
  );
}

/** Whether an element is part of one named as a quote or a list of quotes. */
function isInQuote(element: Element): boolean {
  const above = [...ancestorsOf(element)].slice(0, MAX_LEVELS);
  return above.some(
    (one, level) => hasWord(one, quoteWords) || (level === 0 && hasWord(one, listWords)),
  );
}

/** A text that leads to a page of its own, as some sites have it. */
function isQuoteLink(element: Element): boolean {
  const { href = '' } = element.attribs;
  return QUOTE_ADDRESS.test(href) && (isSentence(textOf(element)) || isLong(textOf(element)));
}

function isLong(text: string): boolean {
  return widthOf(text) >= LINKED_LENGTH;
}

/** A few words that someone else's sentence quotes. */
function isWithinSentence({ parent }: Element): boolean {
  const around = parent?.children.filter(isText).map(({ data }) => data) ?? [];
  return wordsIn(around.join(' ')) >= 3;
}

function isBylineElement(element: Element): boolean {
  const isSo = ['small', 'cite', 'footer'].includes(element.name) || hasWord(element, bylineWords);
  return isSo && isByline(textOf(element));
}

function isElsewhere(element: Element): boolean {
  return [element, ...ancestorsOf(element)].some(
    (one) => elsewhere.has(one.name) || (one.name === 'form' && !isWholePage(one)),
  );
}

/** n.b. some sites put their whole page into a form. */
function isWholePage(form: Element): boolean {
  const page = [...ancestorsOf(form)].at(-1);
  return page !== undefined && textOf(form).length > textOf(page).length / 2;
}

/** A list within the text of a quote is about it. */
function isNote(element: Element): boolean {
  return isItemOfList(element) && ancestorsOf(element).some(isItemOfList);
}

function isItemOfList({ name }: Element): boolean {
  return name === 'li' || name === 'dd';
}

function isMadeOfLinks(element: Element): boolean {
  const links = elementsBelow(element).filter(({ name }) => name === 'a');
  const linked = links.reduce((sum, link) => sum + textOf(link).length, 0);
  return links.length > 2 && linked > textOf(element).length / 2;
}

function below(element: Element, test: (element: Element) => boolean): number {
  return elementsBelow(element).filter(test).length;
}

/** How many of the texts a pattern matches, with a text that could be one and a name that could be one. */
export function matchShare(texts: readonly string[], pattern: string): number {
  const expression = new RegExp(pattern, 'su');
  const pairs = texts.flatMap((whole) => {
    const { text = '', author = '' } = expression.exec(whole)?.groups ?? {};
    const isPair = widthOf(text) >= MIN_LENGTH && author.length < text.length + 40;
    return isPair && isByline(author) ? [text] : [];
  });
  // n.b. titles and their authors look the same, but titles are no sentences
  const isSaid = shareOf(pairs, (text) => isSentence(text) || wordsIn(text) >= 8) >= 0.5;
  return isSaid ? pairs.length / Math.max(1, texts.length) : 0;
}

/** A Chinese character carries more meaning than a letter. */
function widthOf(text: string): number {
  return text.length + (text.match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/gu)?.length ?? 0);
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
