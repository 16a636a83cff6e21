import type { Quote } from '@quotewire/events';
import { escapeHtml } from '@quotewire/service';
import { pathWith } from './addresses.ts';
import { Html, makeHtml as make } from './html.ts';
import { titleOf } from './live-page.ts';
import { titleOfQuote } from './quote-page.ts';

export interface FeedParts {
  /** Newest first. */
  readonly quotes: readonly Quote[];
  /** What the quotes are filtered by. */
  readonly pairs: [string, string][];
  /** The origin of the service as the reader sees it. */
  readonly origin: string;
}

/** What an empty feed says of its last change. */
const NEVER = '1970-01-01T00:00:00.000Z';

/** Writes an Atom feed. @see https://www.rfc-editor.org/rfc/rfc4287 */
export function atomFeed({ quotes, pairs, origin }: FeedParts): string {
  const self = `${origin}${pathWith('/quotes.atom', pairs)}`;
  const updated = quotes.reduce((last, { scrapedAt }) => (scrapedAt > last ? scrapedAt : last), '');
  const feed = element(
    'feed',
    { xmlns: 'http://www.w3.org/2005/Atom' },
    element('id', {}, feedId(origin, pairs)),
    element('title', {}, titleOf(pairs)),
    element('updated', {}, updated || NEVER),
    element('generator', {}, 'Quotewire'),
    link('self', self, 'application/atom+xml'),
    link('alternate', `${origin}${pathWith('/', pairs)}`, 'text/html'),
    ...quotes.map((quote) => atomEntry(quote, origin)),
  );
  return `<?xml version="1.0" encoding="utf-8"?>\n${feed.toString()}\n`;
}

function atomEntry(quote: Quote, origin: string): Html {
  const { id, author, source, tags, scrapedAt, publishedAt } = quote;
  return element(
    'entry',
    {},
    element('id', {}, entryId(id)),
    element('title', {}, titleOfQuote(quote)),
    element('updated', {}, scrapedAt),
    element('published', {}, publishedAt ?? scrapedAt),
    element('author', {}, element('name', {}, author || source)),
    ...tags.map((term) => element('category', { term })),
    link('alternate', `${origin}/quotes/${id}`, 'text/html'),
    link('via', quote.link ?? quote.url, 'text/html'),
    element('content', { type: 'html' }, htmlOf(quote)),
  );
}

/** Writes a JSON Feed. @see https://www.jsonfeed.org/version/1.1/ */
export function jsonFeed({ quotes, pairs, origin }: FeedParts): string {
  return JSON.stringify({
    version: 'https://jsonfeed.org/version/1.1',
    title: titleOf(pairs),
    home_page_url: `${origin}${pathWith('/', pairs)}`,
    feed_url: `${origin}${pathWith('/quotes.json', pairs)}`,
    items: quotes.map((quote) => ({
      id: entryId(quote.id),
      url: `${origin}/quotes/${quote.id}`,
      external_url: quote.link ?? quote.url,
      title: quote.title,
      content_html: htmlOf(quote),
      content_text: quote.text,
      image: quote.image,
      date_published: quote.publishedAt ?? quote.scrapedAt,
      date_modified: quote.scrapedAt,
      authors: quote.author === '' ? undefined : [{ name: quote.author }],
      tags: quote.tags,
    })),
  });
}

/** A quote as HTML with its lines and author. */
function htmlOf({ text, author }: Quote): string {
  const lines = escapeHtml(text).replaceAll('\n', '<br>');
  const by = author === '' ? '' : make('p', {}, `– ${author}`).toString();
  return `<blockquote><p>${lines}</p></blockquote>${by}`;
}

/** The same for the same words wherever they are served: the id of a quote, as a UUID of version 8. @see https://www.rfc-editor.org/rfc/rfc9562#section-5.8 */
function entryId(id: string): string {
  const bytes = Buffer.from(id, 'base64url');
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `urn:uuid:${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
}

/** @see https://www.rfc-editor.org/rfc/rfc4151 */
function feedId(origin: string, pairs: [string, string][]): string {
  return `tag:${URL.parse(origin)?.hostname ?? 'localhost'},2026:${pathWith('quotes', pairs)}`;
}

const link = (rel: string, href: string, type: string) => element('link', { rel, href, type });

// oxlint-disable-next-line eslint/no-control-regex -- what XML 1.0 can't have, not even escaped
const FORBIDDEN_IN_XML = /[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/g;

const inXml = (text: string) => text.toWellFormed().replaceAll(FORBIDDEN_IN_XML, '\uFFFD');

/** Makes an element of XML. Children that are strings are text, which is escaped. */
function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...children: (Html | string)[]
): Html {
  const values = Object.entries(attributes).map(([key, value]) => [key, inXml(value)] as const);
  const texts = children.map((child) => (child instanceof Html ? child : inXml(child)));
  const made = make(name, Object.fromEntries(values), ...texts).toString();
  // n.b. in HTML a link has no end
  return new Html(name === 'link' ? made.replace(/>$/, '/>') : made);
}
