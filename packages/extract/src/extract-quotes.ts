import type { Quote } from '@quotewire/events';
// each worker loads this module and its imports, so they are kept few
import { quoteId } from '@quotewire/events/quote-id';
import type { Source } from '@quotewire/sources';
import { extractItems, type Page } from './extract-items.ts';
import type { IgnoredValue, ScrapedItem } from './read-item.ts';

/** The quotes of a page. */
export interface ExtractedPage {
  /** Unique, in page order. */
  readonly quotes: readonly Quote[];
  /** Dropped items: the beginning of the text, and the reason. */
  readonly dropped: readonly { readonly text: string; readonly reason: string }[];
  /** Ignored values of optional fields: the beginning of each, and the reason. */
  readonly ignored: readonly IgnoredValue[];
  /** Absolute; undefined on the last page and if there is a `nextProblem`. */
  readonly nextUrl: string | undefined;
  /** Why the next page's URL is invalid, as a sentence. */
  readonly nextProblem: string | undefined;
  /** The number of items on the page, dropped ones included. */
  readonly itemCount: number;
  /** The WHATWG name of the page's charset. */
  readonly charset: string;
  /** The bytes don't match the declared charset: words may be garbled. */
  readonly isCharsetSuspect: boolean;
  /** The page is truncated, so the next page is unknown. */
  readonly isCut: boolean;
}

/** The decoder's replacement for undecodable bytes. */
const UNREADABLE = '\uFFFD';
const MAX_TEXT_LENGTH = 10_000;
const MAX_AUTHOR_LENGTH = 500;
const MAX_TAG_LENGTH = 100;
const MAX_TAGS = 50;
/** Dropped texts and ignored values are truncated to this length. */
const SHOWN_CHARACTERS = 200;

/** Extracts the quotes of a page by its source's definition. Throws `ExtractError`. */
export function extractQuotes(
  page: Page,
  { source, scrapedAt }: { source: Source; scrapedAt: string },
): ExtractedPage {
  const { items, ...rest } = extractItems(page, { source });
  const lastItem = items.at(-1);
  const quotes = new Map<string, Quote>();
  const dropped: { text: string; reason: string }[] = [];
  const ignored: IgnoredValue[] = [];
  const drop = (text: string, reason: string) =>
    dropped.push({ text: text.slice(0, SHOWN_CHARACTERS), reason });
  for (const item of items) {
    const { text, author, tags, optional } = item;
    const reason =
      whyNot(item) ?? (rest.isCut && item === lastItem ? 'the page is cut within it' : undefined);
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
      ...optional,
      source: source.name,
      url: page.url,
      scrapedAt,
    });
    for (const one of item.ignored)
      ignored.push({ ...one, value: one.value.slice(0, SHOWN_CHARACTERS) });
  }
  if (rest.itemCount > items.length)
    drop(`${rest.itemCount - items.length} items`, "more than the source's maxItems");
  return { quotes: [...quotes.values()], dropped, ignored, ...rest };
}

function whyNot({ text, author, missing }: ScrapedItem): string | undefined {
  if (!/[\p{L}\p{N}]/u.test(text)) return 'no text';
  if (missing !== undefined) return `no ${missing}`;
  if ((text + author).includes(UNREADABLE)) return 'undecodable characters';
  if (text.length > MAX_TEXT_LENGTH) return `longer than ${MAX_TEXT_LENGTH} characters`;
  if (author.length > MAX_AUTHOR_LENGTH)
    return `author longer than ${MAX_AUTHOR_LENGTH} characters`;
  return undefined;
}

function cleanTags(tags: readonly string[]): string[] {
  return [...new Set(tags)].filter((tag) => tag.length <= MAX_TAG_LENGTH).slice(0, MAX_TAGS);
}
