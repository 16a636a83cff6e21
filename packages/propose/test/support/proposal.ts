import type { Page } from '@quotewire/extract';
import { extractQuotes } from '@quotewire/extract/extract-quotes';
import { parseSource } from '@quotewire/sources';
import { propose } from '../../src/propose.ts';

const URL_OF_PAGE = 'https://quotes.example/list?page=1';

/** A page as fetched. */
export function pageOf(
  body: string | Buffer,
  { url = URL_OF_PAGE, contentType = 'text/html' } = {},
): Page {
  return { url, contentType, body: Buffer.from(body) };
}

/** A page of JSON. */
export function jsonPageOf(value: unknown, { url = URL_OF_PAGE } = {}): Page {
  return pageOf(JSON.stringify(value), { url, contentType: 'application/json' });
}

/** What the proposed source finds on its page. */
export function found(page: Page) {
  const entry = propose(page);
  const config = { path: 'proposal', sampleSiteUrl: 'http://127.0.0.1:8080' };
  const source = parseSource({ name: 'proposal', url: page.url, ...entry }, config);
  const scrapedAt = '2026-01-01T00:00:00.000Z';
  const { quotes, ...rest } = extractQuotes(page, { source, scrapedAt });
  const plain = quotes.map(({ text, author, tags }) => ({ text, author, tags }));
  return { entry, quotes: plain, ...rest };
}
