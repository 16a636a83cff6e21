import { type Quote, quoteId } from '@quotewire/events';

/** A quote with this text, as a scraper would publish it. */
export function quoteOf(text: string): Quote {
  const author = 'A';
  return {
    id: quoteId({ text, author }),
    text,
    author,
    tags: [],
    source: 'test',
    url: 'http://127.0.0.1/',
    scrapedAt: new Date().toISOString(),
  };
}
