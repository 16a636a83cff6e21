import { gunzipSync } from 'node:zlib';
import { type App, createMetrics, createLogger } from '@quotewire/service';
import { load } from 'cheerio';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildSampleSiteApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { quotesPage } from '../src/pages.ts';

const START = Date.UTC(2026, 5, 1);
let app: App;
let now: number;

beforeEach(async () => {
  now = START;
  const logger = createLogger({ name: 'test', level: 'silent' });
  app = await buildSampleSiteApp({
    config: loadConfig({}),
    logger,
    metrics: createMetrics(),
    now: () => now,
  });
});
afterEach(() => app.close());

async function textsOf(url: string): Promise<string[]> {
  const $ = load((await app.inject(url)).body);
  return $('div.quote > span.text')
    .toArray()
    .map((element) => $(element).text());
}

it('gains a quote on top every two seconds, and not earlier', async () => {
  const before = await textsOf('/');
  now += 1_999;
  expect(await textsOf('/')).toEqual(before);
  now += 1;
  const after = await textsOf('/');
  expect(after.slice(1)).toEqual(before.slice(0, 9));
  expect(before).not.toContain(after[0]);
});

it('shows a hundred quotes on ten pages, and links each page to the next', async () => {
  const texts: string[] = [];
  let url: string | undefined = '/';
  for (let page = 1; url !== undefined; page += 1) {
    const $ = load((await app.inject(url)).body);
    texts.push(...(await textsOf(url)));
    url = $('li.next > a').attr('href');
    expect(url).toBe(page < 10 ? `/page/${page + 1}/` : undefined);
  }
  expect(new Set(texts).size).toBe(100);
});

it('names author and tags in the markup of quotes.toscrape.com', async () => {
  const $ = load((await app.inject('/')).body);
  const quote = $('div.quote').first();
  expect(quote.find('span.text').text()).toMatch(/^“[^“”]+”$/);
  expect(quote.find('small.author').text()).not.toBe('');
  expect(quote.find('div.tags a.tag').length).toBeGreaterThan(0);
});

it('serves the same quotes as JSON', async () => {
  const { quotes, has_next: hasNext } = (await app.inject('/api/quotes?page=2')).json();
  expect(quotes.map(({ text }: { text: string }) => text)).toEqual(await textsOf('/page/2/'));
  const $ = load((await app.inject('/page/2/')).body);
  const authors = $('small.author')
    .toArray()
    .map((element) => $(element).text());
  expect(quotes.map(({ author }: { author: { name: string } }) => author.name)).toEqual(authors);
  expect(hasNext).toBe(true);
  expect((await app.inject('/api/quotes?page=10')).json().has_next).toBe(false);
});

it('serves the same quotes in a script', async () => {
  const $ = load((await app.inject('/js/')).body);
  expect($('div.quote')).toHaveLength(0);
  const [, json = ''] = /var data = (.*);\s*$/s.exec($('script').text()) ?? [];
  expect(JSON.parse(json).map(({ text }: { text: string }) => text)).toEqual(await textsOf('/'));
});

it('answers 304 while the page is unchanged', async () => {
  const { etag } = (await app.inject('/')).headers;
  const ask = () => app.inject({ url: '/', headers: { 'if-none-match': String(etag) } });
  expect((await ask()).statusCode).toBe(304);
  now += 2_000;
  expect((await ask()).statusCode).toBe(200);
});

it('compresses for clients that accept gzip, with a separate ETag', async () => {
  const plain = await app.inject('/');
  const zipped = await app.inject({ url: '/', headers: { 'accept-encoding': 'gzip' } });
  expect(zipped.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(zipped.rawPayload).toString()).toBe(plain.body);
  expect(zipped.headers.etag).not.toBe(plain.headers.etag);
});

it('shows the quotes of a tag, and a random one', async () => {
  expect((await textsOf('/tag/patience/')).length).toBeGreaterThan(3);
  expect(await textsOf('/random')).toHaveLength(1);
});

it.for(['/page/0/', '/page/11/', '/page/x/', '/tag/nothing/', '/api/quotes?page=11', '/nowhere'])(
  'has no page %s',
  async (url) => {
    expect((await app.inject(url)).statusCode).toBe(404);
  },
);

it('escapes markup in a text', () => {
  const hostile = { text: '<b>bold</b> & "so"', author: "O'Brien </small>", tags: ['<i>'] };
  const $ = load(quotesPage([hostile], { page: 1, all: [hostile], root: '' }));
  expect($('span.text').text()).toBe('“<b>bold</b> & "so"”');
  expect($('small.author').text()).toBe(hostile.author);
  expect($('div.tags a.tag').text()).toBe('<i>');
  expect($('b, main i')).toHaveLength(0);
});

it('allows all robots', async () => {
  expect((await app.inject('/robots.txt')).body).toBe('User-agent: *\nDisallow:\n');
});
