import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSources } from '@quotewire/sources';
import { describe, expect, it } from 'vitest';
import { extractQuotes } from '../src/extract-quotes.ts';
import { extractItems, type Page } from '../src/extract-items.ts';

/** Saved pages of real sites, an optional neighbour of the checkout. Their licences don't allow us to publish them. */
const PAGES = join(import.meta.dirname, '../../../../shared/fixtures/pages');
const areTherePages = existsSync(join(PAGES, 'EXPECTED.json'));
if (!areTherePages) process.stderr.write(`SKIPPED: saved pages. There are none in ${PAGES}.\n`);

const toscrape = {
  url: 'https://quotes.toscrape.com/page/1/',
  item: 'div.quote',
  fields: { text: 'span.text', author: 'small.author', tags: 'div.tags a.tag' },
  next: 'li.next > a',
};
const toscrapeJson = { text: 'text', author: 'author.name', tags: 'tags' };

/** Which source reads each page. */
const sources: Record<string, object> = {
  'bash-org-home.latin1.html': {
    url: 'http://bash.org/',
    item: 'p.quote',
    fields: { text: '+ p.qt' },
  },
  'bash-org-pl-single.html': {
    url: 'http://bash.org.pl/',
    item: 'div.q.post',
    fields: { text: 'div.quote' },
    next: 'a.page.right',
  },
  'goodreads-author-epicurus.html': {
    url: 'https://www.goodreads.com/author/quotes/114041.Epicurus',
    item: 'div.quoteDetails',
    fields: {
      text: { selector: '.quoteText', exclude: '.authorOrTitle', pattern: '^(?<text>.*?)\\s*―?$' },
      author: '.authorOrTitle',
      tags: '.quoteFooter .left a',
    },
    next: 'a.next_page',
  },
  'latin1-feed.rss': { url: 'http://example.net/feed.rss', kind: 'feed' },
  'quotable-sample.json': {
    url: 'https://api.quotable.io/quotes',
    kind: 'json',
    fields: { text: 'content', author: 'author', tags: 'tags' },
  },
  'quotefancy-taylor-swift.fragment.html': {
    url: 'https://quotefancy.com/taylor-swift-quotes',
    item: '.q-wrapper',
    fields: { text: '.quote-a', author: '.author-p > a', tags: '.author-p + .author-p > a' },
  },
  'r0sin-quotes.rss': { url: 'https://r0sin.github.io/quotes/rss.xml', kind: 'feed' },
  'toscrape-api-quotes-page-1.json': {
    url: 'https://quotes.toscrape.com/api/quotes?page=1',
    kind: 'json',
    item: 'quotes',
    fields: toscrapeJson,
    next: { url: '/api/quotes?page={page}', while: 'has_next' },
  },
  'toscrape-js-page-01.html': {
    url: 'https://quotes.toscrape.com/js/',
    kind: 'script',
    fields: toscrapeJson,
    next: 'li.next > a',
  },
  'wikiquote-en-qotd.fragment.html': {
    url: 'https://en.wikiquote.org/wiki/Wikiquote:Quote_of_the_day',
    item: 'dd, li',
    fields: {
      text: {
        selector: ':scope',
        exclude: 'small',
        pattern: '^(?:\\d+\\.\\s*)?(?<text>.+?)\\s*~\\s*(?<author>.+?)\\s*~?$',
      },
    },
  },
  'wikiquote-es-qotd.fragment.html': {
    url: 'https://es.wikiquote.org/wiki/Portada',
    item: '#toc > table',
    fields: { text: 'td[width="100%"] > div', author: 'td[colspan] a' },
  },
  'wikiquote-ja.shift_jis.html': {
    url: 'https://ja.wikiquote.org/',
    item: 'body > ul > li',
    fields: {
      text: {
        selector: ':scope',
        exclude: 'ul, dl',
        pattern: '^(?<text>.+?)\\s*--?\\s*(?<author>.+)$',
      },
    },
  },
};

/** The content types of servers, unless UTF-8 or declared by the page. */
const contentTypes: Record<string, string> = {
  'bash-org-home.latin1.html': 'text/html',
  'derived-header-only-charset.html': 'text/html; charset=windows-1252',
  'derived-utf8-bom-wrong-meta.html': 'text/html',
  'derived-windows-1252-meta.html': 'text/html',
  'latin1-feed.rss': 'application/rss+xml',
  'wikiquote-ja.shift_jis.html': 'text/html',
};

interface ExpectedItem {
  text: string;
  author: string;
  tags?: string[];
}
interface Expected {
  count: number;
  distinct: number;
  items?: ExpectedItem[];
  first?: ExpectedItem;
  last?: ExpectedItem;
  next?: string | null;
  has_next?: boolean;
}

function readPage(file: string) {
  const entry = sources[file] ?? toscrape;
  const [source] = parseSources(JSON.stringify({ sources: [{ name: 'saved', ...entry }] }), {
    path: file,
    sampleSiteUrl: '',
  });
  if (source === undefined) throw new Error(`no source for ${file}`);
  const page: Page = {
    url: source.url,
    contentType: contentTypes[file] ?? 'text/html; charset=utf-8',
    body: readFileSync(join(PAGES, file)),
  };
  return { page, source };
}

function quoteOf(item: { text: string; author: string; tags?: readonly string[] } | undefined) {
  return { text: item?.text, author: item?.author, tags: item?.tags ?? [] };
}

describe.runIf(areTherePages)('saved pages', () => {
  const expected = areTherePages
    ? (JSON.parse(readFileSync(join(PAGES, 'EXPECTED.json'), 'utf8')) as Record<string, Expected>)
    : {};

  it.for(Object.keys(expected))('reads %s as a person would', (file) => {
    const { page, source } = readPage(file);
    const { items, itemCount, nextUrl } = extractItems(page, { source });
    const wanted = expected[file] as Expected;
    const plain = wanted.items === undefined ? [items.at(0), items.at(-1)] : items;
    const wholes = wanted.items ?? [wanted.first, wanted.last];
    expect(plain.map(quoteOf)).toEqual(wholes.map(quoteOf));
    expect(itemCount).toBe(wanted.count);
    const next = wanted.has_next ? '/api/quotes?page=2' : wanted.next;
    expect(nextUrl).toBe(next ? new URL(next, page.url).href : undefined);
  });

  it.for(Object.keys(expected))('finds each quote of %s once', (file) => {
    const { page, source } = readPage(file);
    const { quotes } = extractQuotes(page, { source, scrapedAt: '2026-01-01T00:00:00.000Z' });
    const { items = [], distinct } = expected[file] as Expected;
    const withoutText = items.filter(({ text }) => ['', '\uFFFD'].includes(text)).length;
    expect(quotes).toHaveLength(distinct - withoutText);
  });
});
