import { compileSelector } from '@quotewire/sources';
import type { Element } from 'domhandler';
import { ancestorsOf, hasWord, isWithin, placesOf, selectorsOf } from './element-names.ts';

/** One quote's surroundings, and the text in it. */
export interface Item {
  readonly element: Element;
  readonly text: Element;
}

/** The elements around the quotes: one item for each text, and the selector of the text inside it. */
export interface Items {
  readonly selector: string;
  readonly textSelector: string;
  readonly items: readonly Item[];
}

type Groups = ReadonlyMap<string, readonly Element[]>;

const itemWords = new Set('quote quotation post entry item card saying'.split(' '));
const tooHigh = new Set(['html', 'body', 'main']);
/** Other elements of the selector have no text and are dropped; with more of them per item, the selector is too general. */
const MAX_EXTRA = 2;
/** A single quote's author is no further away. */
const MAX_LEVELS = 5;

/**
 * What may surround the texts, the likeliest first: the largest elements of one kind that hold one
 * text each, then those whose selector also finds elements without one.
 */
export function findItems(texts: readonly Element[], groups: Groups): Items[] {
  const [first] = texts;
  if (first === undefined) return [];
  const around = [...ancestorsOf(first)].filter(({ name }) => !tooHigh.has(name));
  const levels = texts.length === 1 ? levelsOfOnly(around) : around.toReversed();
  const selectors = [...levels.flatMap(selectorsOf), ...selectorsOf(first)];
  const all = [
    ...selectors.flatMap((selector) => itemsBy(selector, { texts, all: groups.get(selector) })),
    ...selectorsOf(first).flatMap((selector) => itemsBelow(selector, { texts, groups })),
  ];
  return all.sort((a, b) => a.extra - b.extra).map(({ found }) => found);
}

/** Returns the candidates for the item of a single quote, best first: from an ancestor with a telling name, or else the text itself, inwards, and then further out. */
function levelsOfOnly(around: readonly Element[]): Element[] {
  const named = around.findLastIndex((element) => hasWord(element, itemWords));
  const end = Math.max(0, named);
  return [...around.slice(0, end + 1).toReversed(), ...around.slice(end + 1, end + MAX_LEVELS)];
}

/** The navigation of a page may have elements of the same kind; the container of the texts distinguishes them. */
function itemsBelow(
  selector: string,
  { texts, groups }: { texts: readonly Element[]; groups: Groups },
): { found: Items; extra: number }[] {
  const [first] = texts;
  const around = first === undefined ? [] : [...ancestorsOf(first)].toReversed();
  return around.flatMap((place) => {
    const all = groups.get(selector)?.filter((element) => isWithin(element, place));
    const isOnly = texts.every((text) => isWithin(text, place));
    const [name] = placesOf(place).filter(
      (one) => groups.get(one)?.length === 1 || /^(?:#|main$|article$)/.test(one),
    );
    return isOnly && name !== undefined ? itemsBy(`${name} ${selector}`, { texts, all }) : [];
  });
}

function itemsBy(
  selector: string,
  { texts, all = [] }: { texts: readonly Element[]; all: readonly Element[] | undefined },
): { found: Items; extra: number }[] {
  // n.b. a list within a quote is about it
  const known = new Set(texts);
  const inner = all.filter((one) => ancestorsOf(one).some((above) => known.has(above)));
  const [nested] = inner;
  if (nested !== undefined) {
    const { name } = nested;
    const outer = new Set(all).difference(new Set(inner));
    if (ancestorsOf(nested).every((one) => one.name !== name)) return [];
    return itemsIn(outer, { selector: `${selector}:not(${name} ${name})`, texts });
  }
  return itemsIn(new Set(all), { selector, texts });
}

function itemsIn(
  group: ReadonlySet<Element>,
  { selector, texts }: { selector: string; texts: readonly Element[] },
): { found: Items; extra: number }[] {
  const extra = group.size - texts.length;
  if (extra < 0 || extra > texts.length * MAX_EXTRA) return [];
  // an unclosed tag nests items: a text belongs to the nearest
  const items = texts.flatMap((text): Item[] => {
    if (group.has(text)) return [{ element: text, text }];
    const element = ancestorsOf(text).find((one) => group.has(one));
    return element === undefined ? [] : [{ element, text }];
  });
  const elements = new Set(items.map(({ element }) => element));
  if (elements.size !== texts.length) return [];
  const others = [...group].filter((element) => !elements.has(element));
  const holders = new Set(texts.flatMap((text) => [text, ...ancestorsOf(text)]));
  const textSelector = items.map(selectorWithin).find((one) => {
    if (one === undefined) return false;
    const find = compileSelector(one);
    return (
      items.every(({ element, text }) => find(element, 1)[0] === text) &&
      others.every((element) => mayFind(find(element, 1)[0], { selector: one, holders }))
    );
  });
  if (textSelector === undefined) return [];
  return [{ found: { selector, textSelector, items }, extra }];
}

/** The selector within an item that finds just this element first. */
function selectorWithin({ element, text }: Item): string | undefined {
  if (element === text) return ':scope';
  const isFirst = (selector: string) => compileSelector(selector)(element, 1)[0] === text;
  return selectorsOf(text).find(isFirst);
}

/** Whether the other elements that the items' selector finds contain no text, or one too short to be recognised. */
function mayFind(
  element: Element | undefined,
  { selector, holders }: { selector: string; holders: ReadonlySet<Element> },
): boolean {
  if (element === undefined) return true;
  return /[.[]/.test(selector) && !holders.has(element);
}
