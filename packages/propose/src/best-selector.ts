import { compileSelector } from '@quotewire/sources';
import type { Element } from 'domhandler';
import { elementsBelow, isWithin, selectorsOf } from './element-names.ts';
import type { Item } from './find-items.ts';

/** A selector, and the first element that it finds in each item. */
export interface Found {
  readonly selector: string;
  readonly elements: readonly Element[];
  readonly score: number;
}

/** Returns the selector whose first element in each item has the best average score; undefined if all scores are too low. */
export function bestSelector(
  items: readonly Item[],
  {
    minShare,
    minScore,
    score,
    selectors = selectorsOf,
  }: {
    minShare: number;
    minScore: number;
    score: (element: Element, item: Item) => number;
    selectors?: (element: Element) => readonly string[];
  },
): Found | undefined {
  const firsts = new Map<string, { element: Element; item: Item }[]>();
  for (const item of items) {
    const below = elementsBelow(item.element).filter((one) => !isWithin(item.text, one));
    for (const selector of new Set(below.flatMap((element) => selectors(element)))) {
      const [element] = compileSelector(selector)(item.element, 1);
      if (element === undefined || isWithin(item.text, element)) continue;
      const found = firsts.get(selector) ?? [];
      found.push({ element, item });
      firsts.set(selector, found);
    }
  }
  const candidates: Found[] = [];
  for (const [selector, found] of firsts) {
    if (found.length < items.length * minShare) continue;
    const sum = found.reduce((total, { element, item }) => total + score(element, item), 0);
    const elements = found.map(({ element }) => element);
    candidates.push({ selector, elements, score: sum / found.length });
  }
  const [best] = candidates.sort(
    (a, b) => b.score - a.score || b.elements.length - a.elements.length,
  );
  return best !== undefined && best.score >= minScore ? best : undefined;
}
