import { collapse } from '@quotewire/scraper/pages';
import { compileSelector } from '@quotewire/sources';
import { type Element, isTag, isText } from 'domhandler';
import {
  elementsBelow,
  groupBySelector,
  hasWord,
  isWithin,
  selectorsOf,
  textOf,
} from './element-names.ts';

/** One quote's surroundings, and the text in it. */
export interface Item {
  readonly element: Element;
  readonly text: Element;
}

const authorWords = new Set(
  'author by byline attribution speaker person writer autor auteur name'.split(' '),
);
const tagWords = new Set(
  'tag tags keyword keywords category categories topic topics label genre'.split(' '),
);
const neverWords = new Set(
  'date time like likes vote votes share comment comments count points'.split(' '),
);
const bylineElements = new Set(['cite', 'small', 'address', 'footer', 'figcaption']);
const TAG_ADDRESS = /\/(?:tags?|topics?|categor(?:y|ies)|keywords?|labels?)\b/i;
const AUTHOR_ADDRESS = /\/(?:authors?|people|person|profile)\b/i;
const DASH = /^\s*(?:[—―–~-]+|by\b)\s*/i;
const DASH_AT_END = /(?:[—―–~-]|\bby:?)$/i;
const NAME = /^\p{Lu}[\p{L}\p{M}.'’-]*(?: [\p{L}\p{M}.'’-]+){0,5}$/u;

const MAX_NAME_LENGTH = 80;
const MAX_TAG_LENGTH = 40;
const MIN_SCORE = 3;

/** Where in the items the author is: a selector, and what stands before the name, if anything does. */
export function findAuthor(
  items: readonly Item[],
): { selector: string; hasDash: boolean } | undefined {
  const best = bestOf(items, { minShare: 0.5, score: authorScore });
  if (best !== undefined)
    return {
      selector: best.selector,
      hasDash: best.elements.some((one) => DASH.test(textOf(one))),
    };
  return findBesides(items);
}

/** A selector of the tags in the items. */
export function findTags(items: readonly Item[], author: string | undefined): string | undefined {
  const findAuthors = author === undefined ? () => [] : compileSelector(author);
  const authors = new Set(items.flatMap(({ element }) => findAuthors(element, 1)));
  const score = (element: Element) => (authors.has(element) ? 0 : tagScore(element));
  return bestOf(items, { minShare: 0.2, score })?.selector;
}

/** The selector within an item that finds just this element first. */
export function selectorWithin({ element, text }: Item): string | undefined {
  if (element === text) return ':scope';
  return selectorsOf(text).find((selector) => compileSelector(selector)(element, 1)[0] === text);
}

interface Candidate {
  selector: string;
  elements: readonly Element[];
  score: number;
}

function bestOf(
  items: readonly Item[],
  { minShare, score }: { minShare: number; score: (element: Element, item: Item) => number },
): Candidate | undefined {
  const firsts = new Map<string, { element: Element; item: Item; size: number }[]>();
  for (const item of items) {
    const candidates = elementsBelow(item.element).filter((one) => !isWithin(item.text, one));
    for (const [selector, group] of groupBySelector(candidates)) {
      const [element] = compileSelector(selector)(item.element, 1);
      if (element === undefined || isWithin(item.text, element)) continue;
      const found = firsts.get(selector) ?? [];
      found.push({ element, item, size: group.length });
      firsts.set(selector, found);
    }
  }
  const candidates: Candidate[] = [];
  for (const [selector, found] of firsts) {
    if (found.length < items.length * minShare) continue;
    const sum = found.reduce((total, { element, item }) => total + score(element, item), 0);
    const elements = found.map(({ element }) => element);
    candidates.push({ selector, elements, score: sum / found.length });
  }
  const [best] = candidates.sort(
    (a, b) => b.score - a.score || b.elements.length - a.elements.length,
  );
  return best !== undefined && best.score >= MIN_SCORE ? best : undefined;
}

function authorScore(element: Element, { text }: Item): number {
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
  if (bylineElements.has(element.name)) score += 2;
  if (DASH_AT_END.test(textBefore(element))) score += 2;
  if (DASH.test(words)) score += 1;
  if (AUTHOR_ADDRESS.test(href)) score += 2;
  if (NAME.test(name)) score += 1;
  if (hasWord(element, tagWords) || hasWord(element, neverWords) || TAG_ADDRESS.test(href))
    score -= 5;
  if (/\d{2}/.test(name)) score -= 2;
  return score;
}

function tagScore(element: Element): number {
  const words = textOf(element);
  if (words === '' || words.length > MAX_TAG_LENGTH || words.endsWith(':')) return -5;
  if (elementsBelow(element).some(({ name }) => name === 'a')) return -5;
  const { parent } = element;
  const { rel = '', href = '' } = element.attribs;
  let score = 0;
  if (/\btag\b/.test(rel)) score += 4;
  if (hasWord(element, tagWords)) score += 3;
  if (parent !== null && isTag(parent) && hasWord(parent, tagWords)) score += 2;
  if (TAG_ADDRESS.test(href)) score += 3;
  if (element.name === 'a') score += 1;
  return score;
}

/** The author may stand behind each item instead of in it. */
function findBesides(items: readonly Item[]): { selector: string; hasDash: boolean } | undefined {
  const next = items.flatMap(({ element }) => {
    const siblings = element.parent?.children ?? [];
    return siblings.slice(siblings.indexOf(element) + 1).find(isTag) ?? [];
  });
  for (const selector of new Set(next.flatMap((element) => selectorsOf(element)))) {
    if (selector.includes('>')) continue;
    const find = compileSelector(`+ ${selector}`);
    const found = items.flatMap((item) =>
      find(item.element, 1).map((element) => ({ element, score: authorScore(element, item) })),
    );
    const isGood = found.filter(({ score }) => score >= MIN_SCORE).length >= items.length / 2;
    if (isGood)
      return {
        selector: `+ ${selector}`,
        hasDash: found.some(({ element }) => DASH.test(textOf(element))),
      };
  }
  return undefined;
}

/** The last characters in front of an element, also when they're in one of their own. */
function textBefore({ prev }: Element): string {
  for (let node = prev; node !== null; node = node.prev) {
    const text = isText(node) ? collapse(node.data) : isTag(node) ? textOf(node) : '';
    if (text !== '') return text.slice(-3);
  }
  return '';
}
