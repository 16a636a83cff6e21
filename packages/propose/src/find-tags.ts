import { compileSelector } from '@quotewire/sources';
import { type Element, isTag } from 'domhandler';
import { bestSelector } from './best-selector.ts';
import { ancestorsOf, elementsBelow, hasWord, selectorsOf, textOf } from './element-names.ts';
import type { Item } from './find-items.ts';

const tagWords = new Set(
  'tag tags keyword keywords category categories topic topics label genre'.split(' '),
);
const TAG_ADDRESS = /\/(?:tags?|topics?|categor(?:y|ies)|keywords?|labels?)\b/i;
/** What sites write in front of tags. */
const LABEL =
  /^(tags|tagged|topics?|categor(?:y|ies)|categorías?|catégories?|kategorien?|keywords?|themen|thèmes|temas|featured in|filed under|posted in|標籤|标签|タグ)\s*[:：]/i;

const MAX_TAG_LENGTH = 40;
const MIN_SCORE = 3;
const MIN_SHARE = 0.2;

/** A selector of the tags in the items. */
export function findTags(items: readonly Item[], author: string | undefined): string | undefined {
  const findAuthors = author === undefined ? () => [] : compileSelector(author);
  const authors = new Set(items.flatMap(({ element }) => findAuthors(element, 1)));
  return bestSelector(items, {
    minShare: MIN_SHARE,
    minScore: MIN_SCORE,
    score: (element) => (authors.has(element) ? 0 : tagScore(element)),
    selectors: (element) => [...selectorsOf(element), ...labelledSelectors(element)],
  })?.selector;
}

/** Whether an element is a tag, by its class names, its URL, or the label in front of it. */
export function looksLikeTag(element: Element): boolean {
  const { href = '' } = element.attribs;
  const isLabelled = [element, ...ancestorsOf(element)].slice(0, 2).some(labelOf);
  return hasWord(element, tagWords) || TAG_ADDRESS.test(href) || isLabelled;
}

function tagScore(element: Element): number {
  const words = textOf(element);
  if (words === '' || words.length > MAX_TAG_LENGTH || /[:：]$/.test(words)) return -5;
  if (elementsBelow(element).some(({ name }) => name === 'a')) return -5;
  const { parent } = element;
  const { rel = '', href = '' } = element.attribs;
  let score = 0;
  if (/\btag\b/.test(rel)) score += 4;
  if (hasWord(element, tagWords)) score += 3;
  if (parent !== null && isTag(parent)) {
    if (hasWord(parent, tagWords)) score += 2;
    if (element.name === 'a' && labelOf(parent) !== undefined) score += 2;
  }
  if (TAG_ADDRESS.test(href)) score += 3;
  if (element.name === 'a') score += 1;
  return score;
}

/** Tags and authors may have the same class name; the label distinguishes them. */
function labelledSelectors({ name, parent }: Element): string[] {
  if (parent === null || !isTag(parent)) return [];
  const label = labelOf(parent);
  if (label === undefined) return [];
  return selectorsOf(parent).map((selector) => `${selector}:contains("${label}") > ${name}`);
}

function labelOf(element: Element): string | undefined {
  return LABEL.exec(textOf(element))?.[1];
}
