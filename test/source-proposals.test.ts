import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quoteId } from '@quotewire/events';
import { extractQuotes, type Page } from '@quotewire/scraper/pages';
import { describe, expect, it } from 'vitest';
import { propose, ProposeError } from '../scripts/source/propose.ts';
import { sourceOf } from '../scripts/source/sources-file.ts';

/** Saved pages of real sites, beside the checkout where there are any. They aren't ours to publish. */
const PAGES = join(import.meta.dirname, '../../shared/fixtures/pages');
const areTherePages = existsSync(join(PAGES, 'EXPECTED.json'));
if (!areTherePages) process.stderr.write(`SKIPPED: saved pages. There are none in ${PAGES}.\n`);

const URL_OF_PAGE = 'https://quotes.example/list?page=1';

function pageOf(
  body: string | Buffer,
  { url = URL_OF_PAGE, contentType = 'text/html' } = {},
): Page {
  return { url, contentType, body: Buffer.from(body) };
}

/** What the proposed source finds on its page. */
function found(page: Page) {
  const entry = propose(page);
  const config = { path: 'proposal', sampleSiteUrl: 'http://127.0.0.1:8080' };
  const source = sourceOf({ name: 'proposal', url: page.url, ...entry }, config);
  const scrapedAt = '2026-01-01T00:00:00.000Z';
  const { quotes, ...rest } = extractQuotes(page, { source, scrapedAt });
  const plain = quotes.map(({ text, author, tags }) => ({ text, author, tags }));
  return { entry, quotes: plain, ...rest };
}

const three = [
  ['Well begun is half done.', 'Aristotle'],
  ['Nothing in excess, and that also not too often.', 'Solon'],
  ['All things are full of gods, or so I am told.', 'Thales'],
] as const;
const quotes = three.map(([text, author]) => ({ text, author, tags: [] }));
const list = (item: (text: string, author: string) => string) =>
  `<body><nav><ul><li><a href="/">Home</a></li><li><a href="/about">About this site</a></li></ul></nav>
  <main>${three.map(([text, author]) => item(text, author)).join('\n')}</main>
  <footer><p>Made by someone who likes quotes, and coffee.</p></footer></body>`;

describe('a proposal for a page', () => {
  it.for([
    [
      'with a quotation and a cite in it',
      (text, author) => `<blockquote><p>${text}</p><cite>${author}</cite></blockquote>`,
    ],
    [
      'with a dash before the name',
      (text, author) => `<div class="quote"><p>${text}</p><p class="by">— ${author}</p></div>`,
    ],
    [
      'with a name behind the quotation',
      (text, author) => `<blockquote>${text}</blockquote><p class="author">${author}</p>`,
    ],
    [
      'with classes that change from item to item',
      (text, author) =>
        `<div class="post-${text.length}000 item"><q>${text}</q> <i>by</i> <a href="/author/${author}">${author}</a></div>`,
    ],
    [
      'with microdata',
      (text, author) =>
        `<div><span itemprop="text">${text}</span><b itemprop="author">${author}</b></div>`,
    ],
    [
      'in a figure',
      (text, author) =>
        `<figure><blockquote>${text}</blockquote><figcaption>${author}</figcaption></figure>`,
    ],
    ['in one element with a dash', (text, author) => `<p>${text} — ${author}</p>`],
  ] as const satisfies [string, (text: string, author: string) => string][])(
    'finds text and author %s',
    ([, item]) => {
      expect(found(pageOf(list(item))).quotes).toEqual(quotes);
    },
  );

  it('keeps the marks of a text that shares its element with the name', () => {
    const page = pageOf(list((text, author) => `<p>“${text}”<br>${author}</p>`));
    expect(found(page).quotes).toEqual(
      quotes.map((quote) => ({ ...quote, text: `“${quote.text}”` })),
    );
  });

  it('knows texts, authors and tags by where they lead to', () => {
    const page = pageOf(
      list(
        (
          text,
          author,
        ) => `<div class="b"><a class="t" href="/quotes/1">${text}, he is said to have said</a>
          <a class="n" href="/authors/1">${author}</a><a class="k" href="/topics/life">life</a></div>`,
      ),
    );
    expect(found(page).entry).toMatchObject({
      item: 'div.b',
      fields: { text: 'a.t', author: 'a.n', tags: 'a.k' },
    });
  });

  it('finds tags by their addresses', () => {
    const tags = '<p>In: <a href="/topic/work">work</a> <a href="/topic/life">life</a></p>';
    const page = pageOf(
      list((text) => `<div class="card"><blockquote>${text}</blockquote>${tags}</div>`),
    );
    expect(found(page).quotes[0]).toMatchObject({ tags: ['work', 'life'] });
  });

  it.for([
    ['<a class="btn next-page" href="?page=2">2</a>', 'a.next-page'],
    ['<li class="next"><a href="?page=2">2</a></li>', 'li.next > a'],
    ['<a rel="next" href="?page=2">2</a>', 'a[rel~="next"]'],
    ['<a href="?page=0">Previous</a> <a href="?page=2">Next page</a>', 'a:contains("Next")'],
    ['<a href="?page=2">»</a>', 'a:contains("»")'],
  ] as const)('finds the next page by %s', ([link, next]) => {
    const page = pageOf(list((text) => `<blockquote>${text}</blockquote>`) + link);
    expect(found(page)).toMatchObject({
      entry: { next },
      nextUrl: 'https://quotes.example/list?page=2',
    });
  });

  it('takes no link to another site for the next page', () => {
    const link = '<a class="next" href="https://elsewhere.example/">Next</a>';
    const page = pageOf(list((text) => `<blockquote>${text}</blockquote>`) + link);
    expect(found(page).entry).not.toHaveProperty('next');
  });

  it.for([
    ['a list of links', list((text) => `<li><a href="/x">${text}</a></li>`)],
    ['prose', list((text) => `<p>${text}</p>`)],
    [
      'an article',
      Array.from({ length: 20 }, (_, i) => `<p class="content">It goes on ${i}.</p>`).join(''),
    ],
    ['nothing', ''],
  ] as const)('is none for %s', ([, html]) => {
    expect(() => propose(pageOf(html))).toThrow(ProposeError);
  });

  it('is none for a page that names a feed, but says so', () => {
    const html = '<head><link rel="alternate" type="application/rss+xml" href="/feed"></head>';
    expect(() => propose(pageOf(html))).toThrow('it names a feed, try https://quotes.example/feed');
  });
});

describe('a proposal for JSON', () => {
  const json = (value: unknown) =>
    found(pageOf(JSON.stringify(value), { contentType: 'application/json' }));

  it('finds the list wherever it is', () => {
    const items = three.map(([text, author]) => ({ id: 1, quote: text, author: { name: author } }));
    expect(json({ status: 'ok', data: { results: items } })).toMatchObject({
      entry: { item: 'data.results', fields: { text: 'quote', author: 'author.name' } },
      quotes,
    });
  });

  it('reads a list of texts', () => {
    expect(json(three.map(([text]) => text)).quotes).toEqual(
      quotes.map((one) => ({ ...one, author: '' })),
    );
  });

  it('reads HTML as text', () => {
    const items = three.map(([text, author]) => ({ content: `<p>${text}</p>`, author }));
    expect(json(items).quotes).toEqual(quotes);
  });

  it('goes on to the next page by its address', () => {
    const items = three.map(([text]) => ({ text }));
    expect(json({ items, next: '/list?cursor=2' }).nextUrl).toBe(
      'https://quotes.example/list?cursor=2',
    );
  });

  it('goes on to the next page by its number, as long as there is one', () => {
    const items = three.map(([text]) => ({ text }));
    expect(json({ items, has_more: true }).nextUrl).toBe('https://quotes.example/list?page=2');
    expect(json({ items, has_more: false }).nextUrl).toBeUndefined();
  });

  it('is none where nothing has a text', () => {
    expect(() => json([{ id: 1 }, { id: 2 }])).toThrow(
      'JSON without a list of something that has a text',
    );
  });
});

/** Where pages were found, whose next links need it. */
const urls: Record<string, string> = {
  'goodreads-author-epicurus.html': 'https://www.goodreads.com/author/quotes/114041.Epicurus',
  'toscrape-api-quotes-page-1.json': 'https://quotes.toscrape.com/api/quotes?page=1',
};
const withoutCharset = /latin1|shift_jis|wrong-meta|1252-meta/;
const inAnother: Record<string, string> = {
  'derived-header-only-charset.html': 'text/html; charset=windows-1252',
};
/** Their items are in two lists, or in a table: it takes a person. */
const tooHard = ['wikiquote-en-qotd.fragment.html', 'wikiquote-es-qotd.fragment.html'];

const nextOf: Record<string, string> = {
  'toscrape-api-quotes-page-1.json': 'https://quotes.toscrape.com/api/quotes?page=2',
};
const hasText = ({ text }: { text: string }) => /[\p{L}\p{N}]/u.test(text);

interface Expected {
  count: number;
  items?: { text: string; author: string }[];
  first?: { text: string; author: string };
  last?: { text: string; author: string };
  next?: string | null;
}

describe.runIf(areTherePages)('a proposal for a saved page', () => {
  const expected = areTherePages
    ? (JSON.parse(readFileSync(join(PAGES, 'EXPECTED.json'), 'utf8')) as Record<string, Expected>)
    : {};
  const files = Object.keys(expected).filter((file) => !tooHard.includes(file));
  const readPage = (file: string): Page =>
    pageOf(readFileSync(join(PAGES, file)), {
      url: urls[file] ?? 'https://quotes.toscrape.com/',
      contentType:
        inAnother[file] ?? (withoutCharset.test(file) ? 'text/html' : 'text/html; charset=utf-8'),
    });
  const withQuotes = files.filter((file) => expected[file]?.count !== 0);

  it.for(withQuotes)('finds text and author of each quote of %s', (file) => {
    const page = readPage(file);
    const { quotes, nextUrl } = found(page);
    const { items, first, last, next } = expected[file] as Expected;
    const ids = quotes.map(quoteId);
    // n.b. what has no text isn't published, and what is there a second time isn't either
    const wanted = (items ?? [first, last]).filter((item) => item !== undefined);
    const wantedIds = [...new Set(wanted.filter(hasText).map(quoteId))];
    expect(items === undefined ? [ids.at(0), ids.at(-1)] : ids).toEqual(
      items === undefined ? wanted.map(quoteId) : wantedIds,
    );
    expect(nextUrl).toBe(next ? new URL(next, page.url).href : nextOf[file]);
  });

  it.for(files.filter((file) => expected[file]?.count === 0))('is none for %s', (file) => {
    expect(() => propose(readPage(file))).toThrow(ProposeError);
  });
});
