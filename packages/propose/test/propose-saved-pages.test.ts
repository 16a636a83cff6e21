import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quoteId } from '@quotewire/events';
import type { Page } from '@quotewire/extract';
import { collapse } from '@quotewire/extract/visible-text';
import { afterAll, describe, expect, it } from 'vitest';
import { ProposeError } from '../src/propose-error.ts';
import { propose } from '../src/propose.ts';
import { found, pageOf } from './support/proposal.ts';

/** Saved pages of real sites, an optional neighbour of the checkout. Their licences don't allow us to publish them. */
const PAGES = join(import.meta.dirname, '../../../../shared/fixtures/pages');
const areTherePages = existsSync(join(PAGES, 'EXPECTED.json'));
if (!areTherePages) process.stderr.write(`SKIPPED: saved pages. There are none in ${PAGES}.\n`);

/** The URLs of pages, if their links to the next page need them. */
const urls: Record<string, string> = {
  'goodreads-author-epicurus.html': 'https://www.goodreads.com/author/quotes/114041.Epicurus',
  'toscrape-api-quotes-page-1.json': 'https://quotes.toscrape.com/api/quotes?page=1',
  'wikiquote-es-qotd.fragment.html': 'https://es.wikiquote.org/wiki/Portada',
};
const withoutCharset = /latin1|shift_jis|wrong-meta|1252-meta/;
const inAnother: Record<string, string> = {
  'derived-header-only-charset.html': 'text/html; charset=windows-1252',
};

interface Item {
  text: string;
  author: string;
  tags?: string[];
}
interface Expected {
  count: number;
  distinct: number;
  items?: Item[];
  first?: Item;
  last?: Item;
  next?: string | null;
  has_next?: boolean;
}

const plain = ({ text, author, tags = [] }: Item) => ({ text, author, tags });
const hasText = ({ text }: Item) => /[\p{L}\p{N}]/u.test(text);
/** Repeated quotes and items without a text aren't published. */
const publishable = (items: Item[]) => {
  const ids = items.map(quoteId);
  return items.filter((item, at) => hasText(item) && ids.indexOf(quoteId(item)) === at).map(plain);
};

describe.runIf(areTherePages)('a proposal for a saved page', () => {
  const expected = areTherePages
    ? (JSON.parse(readFileSync(join(PAGES, 'EXPECTED.json'), 'utf8')) as Record<string, Expected>)
    : {};
  const files = Object.keys(expected);
  const withQuotes = files.filter((file) => expected[file]?.count !== 0);
  const exact: string[] = [];
  const readPage = (file: string): Page =>
    pageOf(readFileSync(join(PAGES, file)), {
      url: urls[file] ?? 'https://quotes.toscrape.com/',
      contentType:
        inAnother[file] ?? (withoutCharset.test(file) ? 'text/html' : 'text/html; charset=utf-8'),
    });

  it.for(withQuotes)('finds text, author and tags of each quote of %s', (file) => {
    const page = readPage(file);
    const { quotes: withLines, nextUrl } = found(page);
    // the expected texts have spaces instead of line breaks, which poems keep
    const quotes = withLines.map((quote) => ({ ...quote, text: collapse(quote.text) }));
    const { items, first, last, distinct, next, has_next } = expected[file] as Expected;
    const ends = [first, last].filter((item) => item !== undefined);
    expect(items === undefined ? [quotes.at(0), quotes.at(-1)] : quotes).toEqual(
      publishable(items ?? ends),
    );
    expect(quotes).toHaveLength(items === undefined ? distinct : publishable(items).length);
    const link = has_next ? '/api/quotes?page=2' : next;
    expect(nextUrl).toBe(link ? new URL(link, page.url).href : undefined);
    exact.push(file);
  });

  it.for(files.filter((file) => expected[file]?.count === 0))('is none for %s', (file) => {
    expect(() => propose(readPage(file))).toThrow(ProposeError);
  });

  afterAll(() => {
    const others = withQuotes.filter((file) => !exact.includes(file));
    const figure = `${exact.length} of ${withQuotes.length} saved pages are read exactly by a proposal`;
    process.stderr.write(`${[figure, ...others].join('\n  not: ')}\n`);
  });
});
