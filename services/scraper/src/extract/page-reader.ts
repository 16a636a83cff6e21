import type { FieldReaders, ScrapedItem } from './read-item.ts';
import { readItem } from './read-item.ts';

/** A page whose charset is known. */
export interface DecodedPage {
  /** Where it was found. */
  readonly url: string;
  readonly text: string;
}

/** What a page says, before anything is judged. */
export interface PageContent {
  /** In the page's order. */
  readonly items: readonly ScrapedItem[];
  /** All on the page, also those that weren't read. */
  readonly itemCount: number;
  /** Absolute; undefined on the last page. */
  readonly nextUrl: string | undefined;
}

/** Reads pages as one source says, of which all selectors and patterns are compiled. Throws `ExtractError`. */
export type PageReader = (page: DecodedPage) => PageContent;

const DEFAULT_MAX_ITEMS = 1_000;

/** The items of a page, as far as the source allows. */
export function readItems<Item>(
  found: readonly Item[],
  {
    readers,
    maxItems = DEFAULT_MAX_ITEMS,
  }: { readers: FieldReaders<Item>; maxItems?: number | undefined },
): Pick<PageContent, 'items' | 'itemCount'> {
  return {
    items: found.slice(0, maxItems).map((item) => readItem(item, readers)),
    itemCount: found.length,
  };
}
