import { compileSelector } from '@quotewire/sources';
import { type Element, isTag, isText } from 'domhandler';
import { elementsBelow, hasWord, selectorsOf, textOf } from './element-names.ts';
import { isBehindDash } from './find-author.ts';
import { isSignsOnly } from './prose.ts';

const buttonWords = new Set('button btn copy share tweet permalink source'.split(' '));
/** The texts of links to the source of a quote, at the end of its text. */
const SOURCE =
  /^[\s([（【]*(?:view (?:on|at|in)|see (?:on|more)|read more|more$|via\b|sources?\b|permalink|link$|share|copy|tweet|来源|來源|出处|出典|quelle|fuente|fonte|źródło|источник|#$|¶$|→$|»$)/i;
const FOOTNOTE = /^\[[^\]]{1,12}\]$/;

const MAX_LENGTH = 40;

/** Returns selectors of elements inside the texts that are no part of them: notes, footnotes, buttons, links to sources, repeated labels. */
export function findFurniture(texts: readonly Element[], author: string | undefined): string[] {
  const isAuthor = new Set(
    author === undefined ? [] : texts.flatMap((text) => compileSelector(author)(text)),
  );
  const below = texts.flatMap((text) => elementsBelow(text).map((element) => ({ element, text })));
  const saying = new Map<string, Set<Element>>();
  for (const { element, text } of below) {
    const words = wordsOf(element);
    saying.set(words, (saying.get(words) ?? new Set<Element>()).add(text));
  }
  const isSameInAll = (element: Element): boolean => {
    const size = saying.get(wordsOf(element))?.size ?? 0;
    return size >= 2 && size >= texts.length / 2;
  };
  const furniture = new Set(
    below
      .filter(({ element, text }) => {
        const words = textOf(element);
        if (isAuthor.has(element) || words === '' || words === textOf(text)) return false;
        if (isBehindDash(element)) return false;
        if (['ul', 'ol', 'dl', 'small', 'button'].includes(element.name)) return true;
        if (words.length > MAX_LENGTH || isSignsOnly(words)) return false;
        return (
          FOOTNOTE.test(words) ||
          hasWord(element, buttonWords) ||
          isSameInAll(element) ||
          (element.name === 'a' && isLast(element, text) && SOURCE.test(words))
        );
      })
      .map(({ element }) => element),
  );
  return selectorsFor(furniture, texts);
}

/** The fewest selectors that find these in the texts, and nothing else that's seen. */
function selectorsFor(furniture: ReadonlySet<Element>, texts: readonly Element[]): string[] {
  const selectors: string[] = [];
  const covered = new Set<Element>();
  for (const element of furniture) {
    if (covered.has(element)) continue;
    const words = textOf(element).replaceAll(/["\\]/g, '');
    const options = [...selectorsOf(element).toReversed(), `${element.name}:contains("${words}")`];
    const selector = options.find((one) => {
      const find = compileSelector(one);
      return texts.every((text) =>
        find(text).every((found) => furniture.has(found) || textOf(found) === ''),
      );
    });
    if (selector === undefined) continue;
    selectors.push(selector);
    const find = compileSelector(selector);
    for (const one of texts.flatMap((text) => find(text)))
      for (const inner of [one, ...elementsBelow(one)]) covered.add(inner);
  }
  return selectors;
}

function wordsOf(element: Element): string {
  return textOf(element).toLowerCase();
}

/** Whether only punctuation follows an element, up to the end of the text. */
function isLast(element: Element, text: Element): boolean {
  for (let at: Element = element; at !== text;) {
    for (let node = at.next; node !== null; node = node.next) {
      const words = isText(node) ? node.data : isTag(node) ? textOf(node) : '';
      if (/[\p{L}\p{N}]/u.test(words)) return false;
    }
    if (at.parent === null || !isTag(at.parent)) return true;
    at = at.parent;
  }
  return true;
}
