import type { Source } from '@quotewire/sources';
import { decodeBody } from './decode-body.ts';
import type { PageContent, PageReader } from './page-reader.ts';
import { compileJson, compileScript } from './read-json.ts';
import { compileFeed, compileHtml } from './read-markup.ts';

/** A page as it came. */
export interface Page {
  readonly url: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** What a page says, and by which charset. */
export interface ExtractedItems extends PageContent {
  /** The WHATWG name that the page was decoded by. */
  readonly charset: string;
  /** The bytes don't fit the declared charset: words may be garbled. */
  readonly isCharsetSuspect: boolean;
}

/** n.b. a source never changes, so that its selectors and patterns are compiled once. */
const readers = new WeakMap<Source, PageReader>();

/** Reads a page's items as its source says. Throws `ExtractError`. */
export function extractItems(page: Page, { source }: { source: Source }): ExtractedItems {
  let read = readers.get(source);
  if (read === undefined) {
    read = compileSource(source);
    readers.set(source, read);
  }
  const { text, charset, isCharsetSuspect } = decodeBody(page);
  return { ...read({ url: page.url, text }), charset, isCharsetSuspect };
}

function compileSource(source: Source): PageReader {
  if (source.kind === 'feed') return compileFeed(source);
  if (source.kind === 'json') return compileJson(source);
  if (source.kind === 'script') return compileScript(source);
  return compileHtml(source);
}
