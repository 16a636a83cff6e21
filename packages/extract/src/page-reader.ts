import type { FieldReaders, ScrapedItem } from './read-item.ts';
import type { NextPage } from './next-url.ts';
import { readItem } from './read-item.ts';

/** A page's text after decoding. */
export interface DecodedPage {
  /** The final URL, after redirects. */
  readonly url: string;
  readonly text: string;
}

/** The raw items of a page, before validation. */
export interface PageContent extends NextPage {
  /** In page order. */
  readonly items: readonly ScrapedItem[];
  /** The number of items on the page, those beyond `maxItems` included. */
  readonly itemCount: number;
}

/** Reads pages by the compiled selectors and patterns of one source. Throws `ExtractError`. */
export type PageReader = (page: DecodedPage) => PageContent;

const DEFAULT_MAX_ITEMS = 1_000;

/** Reads the items of a page, at most `maxItems`. */
export function readItems<Item>(
  found: readonly Item[],
  {
    readers,
    baseUrl,
    maxItems = DEFAULT_MAX_ITEMS,
  }: {
    readers: FieldReaders<Item>;
    /** The base URL of relative URLs in items. */
    baseUrl: string;
    maxItems?: number | undefined;
  },
): Pick<PageContent, 'items' | 'itemCount'> {
  return {
    items: found.slice(0, maxItems).map((item) => readItem(item, { readers, baseUrl })),
    itemCount: found.length,
  };
}
