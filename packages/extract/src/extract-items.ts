import type { Source, SourceKind } from '@quotewire/sources';
import { decodeBody } from './decode-body.ts';
import { ExtractError } from './extract-error.ts';
import { isCutShort } from './is-cut-short.ts';
import type { DecodedPage, PageContent, PageReader } from './page-reader.ts';
import { compileJson, compileScript } from './read-json.ts';
import { compileFeed, compileHtml } from './read-markup.ts';

/** A fetched page. */
export interface Page {
  readonly url: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** The items of a page, and its charset. */
export interface ExtractedItems extends PageContent {
  /** The WHATWG name of the page's charset. */
  readonly charset: string;
  /** The bytes don't match the declared charset: words may be garbled. */
  readonly isCharsetSuspect: boolean;
  /** The page is truncated: its last item may be incomplete, and the next page is unknown. */
  readonly isCut: boolean;
}

/** Whether the pages of a kind are markup, which shows that it is cut. JSON that is cut can't be parsed. */
const isMarkup: Readonly<Record<SourceKind, boolean>> = {
  html: true,
  feed: true,
  json: false,
  script: true,
};

/** Compiled readers; source objects are immutable. */
const readers = new WeakMap<Source, PageReader>();

/** Extracts a page's items by its source's definition. Throws `ExtractError`. */
export function extractItems(page: Page, { source }: { source: Source }): ExtractedItems {
  let read = readers.get(source);
  if (read === undefined) {
    read = compileSource(source);
    readers.set(source, read);
  }
  const { text, charset, isCharsetSuspect } = decodeBody(page);
  const isCut = isMarkup[source.kind ?? 'html'] && isCutShort(text);
  return { ...readWith(read, { url: page.url, text }), charset, isCharsetSuspect, isCut };
}

/** Any error here, such as a stack overflow, comes from the page, and a retry would fail too. */
function readWith(read: PageReader, page: DecodedPage): PageContent {
  try {
    return read(page);
  } catch (cause) {
    if (cause instanceof ExtractError) throw cause;
    const reason = (cause as Error).message;
    throw new ExtractError(
      `${page.url} can't be parsed: ${reason}; check that the source's url is a page of quotes`,
      {
        code: 'unreadable',
        cause,
      },
    );
  }
}

function compileSource(source: Source): PageReader {
  if (source.kind === 'feed') return compileFeed(source);
  if (source.kind === 'json') return compileJson(source);
  if (source.kind === 'script') return compileScript(source);
  return compileHtml(source);
}
