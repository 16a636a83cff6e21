import { type Quote, quoteId } from '@quotewire/events';
import type { Field, Source } from '@quotewire/sources';
import { type CheerioAPI, loadBuffer } from 'cheerio';
import type { FetchedPage } from './fetch-page.ts';

/** What a page held. */
export interface ExtractedPage {
  /** In the page's order, each once. */
  readonly quotes: readonly Quote[];
  /** Items that aren't quotes, with why not. */
  readonly dropped: readonly { readonly text: string; readonly reason: string }[];
  /** Absolute; undefined on the last page. */
  readonly nextUrl: string | undefined;
}

type Selection = ReturnType<CheerioAPI>;

const MAX_TEXT_LENGTH = 10_000;

/** Finds the quotes on a page as its source says. */
export function extractQuotes(
  page: FetchedPage,
  { source, scrapedAt }: { source: Source; scrapedAt: string },
): ExtractedPage {
  const charset = /charset=["']?([^\s;"']+)/i.exec(page.contentType)?.[1];
  const $ = loadBuffer(
    page.body,
    charset === undefined ? {} : { encoding: { transportLayerEncodingLabel: charset } },
  );
  const quotes = new Map<string, Quote>();
  const dropped: { text: string; reason: string }[] = [];
  for (const element of $(source.item)) {
    const item = $(element);
    const text = firstOf(valuesOf($, item, source.fields.text));
    const author =
      source.fields.author === undefined ? '' : firstOf(valuesOf($, item, source.fields.author));
    const tags = source.fields.tags === undefined ? [] : valuesOf($, item, source.fields.tags);
    const reason = whyNot(text, author);
    if (reason !== undefined) {
      dropped.push({ text, reason });
      continue;
    }
    const id = quoteId({ text, author });
    const quote = {
      id,
      text,
      author,
      tags: cleanTags(tags),
      source: source.name,
      url: page.url,
      scrapedAt,
    };
    if (quotes.has(id)) dropped.push({ text, reason: 'twice on the page' });
    else quotes.set(id, quote);
  }
  return { quotes: [...quotes.values()], dropped, nextUrl: nextUrlOf($, page.url, source) };
}

function whyNot(text: string, author: string): string | undefined {
  if (!/[\p{L}\p{N}]/u.test(text)) return 'no text';
  if (text.length > MAX_TEXT_LENGTH) return `longer than ${MAX_TEXT_LENGTH} characters`;
  if (author.length > 500) return 'author longer than 500 characters';
  return undefined;
}

function cleanTags(tags: readonly string[]): string[] {
  return [...new Set(tags)].filter((tag) => tag !== '' && tag.length <= 100).slice(0, 50);
}

function valuesOf($: CheerioAPI, item: Selection, field: Field): string[] {
  const { selector, attribute, exclude } =
    typeof field === 'string'
      ? { selector: field, attribute: undefined, exclude: undefined }
      : field;
  const found = selector === ':scope' ? item : item.find(selector);
  return found.toArray().map((element) => {
    if (attribute !== undefined) return collapse($(element).attr(attribute) ?? '');
    const copy = $(element).clone();
    copy.find(exclude === undefined ? 'script, style' : `script, style, ${exclude}`).remove();
    copy.find('br').replaceWith(' ');
    return collapse(copy.text());
  });
}

function firstOf(values: readonly string[]): string {
  return values[0] ?? '';
}

function collapse(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** Only a page of the same site is a next page. */
function nextUrlOf($: CheerioAPI, pageUrl: string, { next }: Source): string | undefined {
  const href = next === undefined ? undefined : $(next).first().attr('href');
  if (href === undefined || !URL.canParse(href, pageUrl)) return undefined;
  const url = new URL(href, pageUrl);
  url.hash = '';
  return url.origin === new URL(pageUrl).origin && url.href !== pageUrl ? url.href : undefined;
}
