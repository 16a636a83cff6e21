import { collapse } from '@quotewire/extract/visible-text';
import { compileSelector } from '@quotewire/sources';
import { type Element, isTag, isText } from 'domhandler';
import { bestSelector } from './best-selector.ts';
import { elementsBelow, hasWord, isWithin, selectorsOf, textOf } from './element-names.ts';
import type { Item } from './find-items.ts';
import { looksLikeTag } from './find-tags.ts';
import { isByline } from './prose.ts';

/** Where authors are in the items, or right behind them. */
export interface Author {
  readonly selector: string;
  readonly elements: readonly Element[];
  /** A class or tag name of an author. */
  readonly isNamed: boolean;
}

const authorWords = new Set(
  'author by byline attribution speaker person writer autor auteur autore verfasser name'.split(
    ' ',
  ),
);
const neverWords = new Set(
  'date time like likes vote votes share comment comments count points rating'.split(' '),
);
const bylineElements = new Set(['cite', 'small', 'address', 'footer', 'figcaption']);
const AUTHOR_ADDRESS = /\/(?:authors?|people|person|profile)\b/i;
const DASH = /^\s*(?:[—―–~-]+|by\b)\s*/i;
const DASH_AT_END = /(?:[—―–~-]|\bby:?)$/i;
const NAME =
  /^(?:\p{Lu}[\p{L}\p{M}.'’-]*(?: [\p{L}\p{M}.'’-]+){0,5}|\p{Lo}[\p{L}\p{M}・·＝=. -]{1,30})$/u;
/** Punctuation around an author that is the rest beside the text. */
const NO_WORD = /[\s\p{P}\p{S}]+/gu;

const MAX_NAME_LENGTH = 80;
const MIN_SCORE = 3;

/** Where in the items, or behind each, the author is. */
export function findAuthor(items: readonly Item[]): Author | undefined {
  const best = bestSelector(items, { minShare: 0.5, minScore: MIN_SCORE, score: authorScore });
  if (best === undefined) return findBesides(items);
  return { ...best, isNamed: best.elements.some(isNamedAuthor) };
}

function isNamedAuthor(element: Element): boolean {
  const { itemprop, rel } = element.attribs;
  return (
    itemprop === 'author' ||
    rel === 'author' ||
    hasWord(element, authorWords) ||
    bylineElements.has(element.name)
  );
}

function authorScore(element: Element, item: Item): number {
  const { text } = item;
  const words = textOf(element);
  const { itemprop, rel, href = '' } = element.attribs;
  const name = words.replace(DASH, '');
  if (name === '' || name.length > MAX_NAME_LENGTH) return -5;
  const above = element.parent;
  const isInAuthor =
    above !== null && isTag(above) && !isWithin(text, above) && hasWord(above, authorWords);
  let score = 0;
  if (itemprop === 'author' || rel === 'author') score += 4;
  if (hasWord(element, authorWords)) score += 3;
  else if (isInAuthor) score += 2;
  if (bylineElements.has(element.name) && isByline(name)) score += 2;
  if (isBehindDash(element)) score += 2;
  if (DASH.test(words)) score += 1;
  if (AUTHOR_ADDRESS.test(href)) score += 2;
  if (NAME.test(name) && isByline(name)) score += 1;
  if (isByline(name) && isRest(element, item)) score += 2;
  if (looksLikeTag(element) || hasWord(element, neverWords)) score -= 5;
  if (/\d{2}/.test(name)) score -= 2;
  return score;
}

/** An item of a text and one more thing has its author there. */
function isRest(element: Element, { element: item, text }: Item): boolean {
  if (isWithin(element, text)) return false;
  const [whole, said, name] = [item, text, element].map((one) =>
    textOf(one).replaceAll(NO_WORD, ''),
  );
  return whole === `${said}${name}`;
}

/** Finds the author after each item, or inside the element after it. */
function findBesides(items: readonly Item[]): Author | undefined {
  const next = items.flatMap(({ element }) => {
    const siblings = element.parent?.children ?? [];
    return siblings.slice(siblings.indexOf(element) + 1).find(isTag) ?? [];
  });
  const isNextItem = (element: Element) => items.some((item) => isWithin(item.element, element));
  const selectors = next
    .filter((element) => !isNextItem(element))
    .flatMap((element) => {
      const own = selectorsOf(element).filter((selector) => !selector.includes('>'));
      const inner = elementsBelow(element).flatMap((one) =>
        selectorsOf(one).map((selector) => `${own[0] ?? element.name} ${selector}`),
      );
      return [...own, ...inner].map((selector) => `+ ${selector}`);
    });
  let best: (Author & { score: number }) | undefined;
  for (const selector of new Set(selectors)) {
    const find = compileSelector(selector);
    const found = items.flatMap((item) =>
      find(item.element, 1).map((element) => ({
        element,
        score: authorScore(element, item) + Number(isSigned(element)),
      })),
    );
    const good = found.filter(({ score }) => score >= MIN_SCORE);
    if (good.length < items.length / 2) continue;
    const score = found.reduce((sum, one) => sum + one.score, 0) / found.length;
    if (best !== undefined && best.score >= score) continue;
    const elements = found.map(({ element }) => element);
    best = { selector, elements, isNamed: elements.some(isNamedAuthor), score };
  }
  return best;
}

/** Whether a dash or "by" precedes an element. */
export function isBehindDash(element: Element): boolean {
  return DASH_AT_END.test(textBefore(element));
}

/** Whether the text of an element is a dash and a name. */
function isSigned(element: Element): boolean {
  const words = textOf(element);
  return /^[—―–-]/.test(words) && isByline(words);
}

/** The last characters in front of an element, also when they're in one of their own. */
function textBefore({ prev }: Element): string {
  for (let node = prev; node !== null; node = node.prev) {
    const text = isText(node) ? collapse(node.data) : isTag(node) ? textOf(node) : '';
    if (text !== '') return text.slice(-3);
  }
  return '';
}
