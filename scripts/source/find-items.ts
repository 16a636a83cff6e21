import type { Element } from 'domhandler';
import { ancestorsOf, hasWord, selectorsOf } from './element-names.ts';

/** What surrounds each quote: one element for each text. */
export interface Items {
  readonly selector: string;
  readonly elements: readonly Element[];
}

type Groups = ReadonlyMap<string, readonly Element[]>;

const itemWords = new Set('quote quotation post entry item card saying'.split(' '));
const tooHigh = new Set(['html', 'body', 'main']);
/** What else a selector finds has no text and is dropped; more than so much for each item is another thing. */
const MAX_EXTRA = 2;

/** The largest elements of one kind that have a text each; undefined when no selector tells them from the rest. */
export function findItems(texts: readonly Element[], groups: Groups): Items | undefined {
  const [first] = texts;
  if (first === undefined) return undefined;
  const around = [...ancestorsOf(first)].filter(({ name }) => !tooHigh.has(name));
  const levels = texts.length === 1 ? around.slice(0, endOfOnly(around)) : around;
  const highestFirst = levels.toReversed().flatMap(selectorsOf);
  return (
    itemsBy(highestFirst, { texts, groups, maxExtra: 0 }) ??
    itemsBy(highestFirst, { texts, groups, maxExtra: MAX_EXTRA }) ??
    itemsBy(selectorsOf(first), { texts, groups, maxExtra: 0 })
  );
}

/** A single quote is alone everywhere: it ends where a name says so, else with what's right around the text. */
function endOfOnly(around: readonly Element[]): number {
  return Math.max(1, around.findLastIndex((element) => hasWord(element, itemWords)) + 1);
}

function itemsBy(
  selectors: readonly string[],
  { texts, groups, maxExtra }: { texts: readonly Element[]; groups: Groups; maxExtra: number },
): Items | undefined {
  for (const selector of selectors) {
    const group = new Set(groups.get(selector));
    if (group.size < texts.length || group.size > texts.length * (1 + maxExtra)) continue;
    // n.b. where a tag isn't closed, items are within items: a text belongs to the nearest
    const elements = texts.flatMap((text) => {
      if (group.has(text)) return text;
      return ancestorsOf(text).find((element) => group.has(element)) ?? [];
    });
    if (new Set(elements).size === texts.length) return { selector, elements };
  }
  return undefined;
}
