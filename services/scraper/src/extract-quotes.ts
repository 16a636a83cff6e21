import type { Quote } from '@quotewire/events';
// n.b. whatever this and what's below it imports is loaded by each thread, so that it's no more than needed
import { quoteId } from '@quotewire/events/quote-id';
import type { Source } from '@quotewire/sources';
import { extractItems, type Page } from './extract/extract-items.ts';
import type { ScrapedItem } from './extract/read-item.ts';

/** What a page held. */
export interface ExtractedPage {
  /** In the page's order, each once. */
  readonly quotes: readonly Quote[];
  /** Items that aren't quotes, with why not and the beginning of their text. */
  readonly dropped: readonly { readonly text: string; readonly reason: string }[];
  /** Absolute; undefined on the last page. */
  readonly nextUrl: string | undefined;
  /** All items on the page. */
  readonly itemCount: number;
  /** The WHATWG name that the page was decoded by. */
  readonly charset: string;
  /** The bytes don't fit the declared charset: words may be garbled. */
  readonly isCharsetSuspect: boolean;
}

/** What decoding puts in the place of bytes that mean nothing in the page's charset. */
const UNREADABLE = '\uFFFD';
const MAX_TEXT_LENGTH = 10_000;
const MAX_AUTHOR_LENGTH = 500;
const MAX_TAG_LENGTH = 100;
const MAX_TAGS = 50;
/** Of what is dropped, so much is shown. */
const SHOWN_CHARACTERS = 200;

/** Finds the quotes on a page as its source says. Throws `ExtractError`. */
export function extractQuotes(
  page: Page,
  { source, scrapedAt }: { source: Source; scrapedAt: string },
): ExtractedPage {
  const { items, ...rest } = extractItems(page, { source });
  const quotes = new Map<string, Quote>();
  const dropped: { text: string; reason: string }[] = [];
  const drop = (text: string, reason: string) =>
    dropped.push({ text: text.slice(0, SHOWN_CHARACTERS), reason });
  for (const item of items) {
    const { text, author, tags } = item;
    const reason = whyNot(item);
    if (reason !== undefined) {
      drop(text, reason);
      continue;
    }
    const id = quoteId({ text, author });
    if (quotes.has(id)) {
      drop(text, 'twice on the page');
      continue;
    }
    quotes.set(id, {
      id,
      text,
      author,
      tags: cleanTags(tags),
      source: source.name,
      url: page.url,
      scrapedAt,
    });
  }
  if (rest.itemCount > items.length)
    drop('', `${rest.itemCount - items.length} items more than the source's maxItems`);
  return { quotes: [...quotes.values()], dropped, ...rest };
}

function whyNot({ text, author, missing }: ScrapedItem): string | undefined {
  if (!/[\p{L}\p{N}]/u.test(text)) return 'no text';
  if (missing !== undefined) return `no ${missing}`;
  if ((text + author).includes(UNREADABLE)) return 'bytes that are no characters';
  if (text.length > MAX_TEXT_LENGTH) return `longer than ${MAX_TEXT_LENGTH} characters`;
  if (author.length > MAX_AUTHOR_LENGTH)
    return `author longer than ${MAX_AUTHOR_LENGTH} characters`;
  return undefined;
}

function cleanTags(tags: readonly string[]): string[] {
  return [...new Set(tags)].filter((tag) => tag.length <= MAX_TAG_LENGTH).slice(0, MAX_TAGS);
}
