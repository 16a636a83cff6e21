import type { App } from '@quotewire/service';
import { expect, it } from 'vitest';
import { quoteOf, startApp } from './start-app.ts';

const HOSTILE = `</p><script>alert("1")</script> & 'x' "y" <!-- feed -->`;
const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

const textsIn = (html: string) =>
  [...html.matchAll(/<p class="text[^"]*">(.*?)<\/p>/gs)].map(([, text]) => text);
const hrefsIn = (html: string) => [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);

it('writes the newest quotes into the live page, newest first, with the cursor of the list', async () => {
  const { app } = await startApp(
    Array.from({ length: 40 }, (_, index) => quoteOf(`number ${index}`)),
  );
  const { body } = await app.inject('/');
  expect(textsIn(body)).toEqual(Array.from({ length: 30 }, (_, index) => `number ${39 - index}`));
  const listed = (await app.inject('/quotes?limit=30')).json();
  expect(body).toContain(`data-cursor="${listed.cursor}"`);
  expect(body).toContain(`data-before="${listed.before}"`);
  expect(body).toContain('src="/quotes/assets/live.js"');
  expect(body).toContain('<title>Quotewire</title>');
});

it('leads back through the history without a script', async () => {
  const quotes = Array.from({ length: 70 }, (_, index) => quoteOf(`number ${index}`));
  const { app } = await startApp(quotes);
  const seen: (string | undefined)[] = [];
  for (let path: string | undefined = '/'; path !== undefined;) {
    const { body }: { body: string } = await app.inject(path);
    expect(body.includes('live.js')).toBe(path === '/');
    expect(body.includes('Pause')).toBe(path === '/');
    seen.push(...textsIn(body));
    path = hrefsIn(body).find((href) => href?.includes('before='));
  }
  expect(seen).toEqual(quotes.map(({ text }) => text).toReversed());
});

it('links author, source and tags to the page filtered by them, and each quote to its own page', async () => {
  const quote = quoteOf('one', { author: 'Ad & Da', tags: ['a b', 'ü'], source: 'site' });
  const { app } = await startApp([quote]);
  expect(hrefsIn((await app.inject('/')).body)).toEqual(
    expect.arrayContaining([
      '/?author=Ad+%26+Da',
      '/?source=site',
      '/?tag=a+b',
      '/?tag=%C3%BC',
      `/quotes/${quote.id}`,
      'https://example.org/',
    ]),
  );
});

it('filters the page by its query, and shows each filter as a link that removes it', async () => {
  const { app } = await startApp([
    quoteOf('one', { author: 'Ada', tags: ['x'] }),
    quoteOf('two', { author: 'Bob', tags: ['x'] }),
    quoteOf('three', { author: 'Ada' }),
  ]);
  const { body } = await app.inject('/?author=ada&tag=x&q=one');
  expect(textsIn(body)).toEqual(['one']);
  const chips = /<ul class="chips".*?<\/ul>/s.exec(body)?.[0] ?? '';
  expect(hrefsIn(chips)).toEqual([
    '/?tag=x&amp;q=one',
    '/?author=ada&amp;q=one',
    '/?author=ada&amp;tag=x',
  ]);
  expect(body).toContain('<title>ada, x, “one” – Quotewire</title>');
  expect(body).toContain('<input type="hidden" name="author" value="ada">');
  expect(body).toMatch(/<input type="search" name="q"[^>]* value="one"/);
  expect(hrefsIn(body)).toContain('/quotes.atom?author=ada&amp;tag=x&amp;q=one');
  expect(hrefsIn(body)).toContain('/quoteEvent?author=ada&amp;tag=x&amp;limit=10');
  expect(textsIn((await app.inject('/?q=')).body)).toHaveLength(3);
  expect((await app.inject('/?q=nothing')).body).toContain('No quote in the history matches.');
});

it('names an unknown parameter of the page', async () => {
  const { app } = await startApp([]);
  const refused = await app.inject('/?tagg=love');
  expect(refused.statusCode).toBe(400);
  expect(refused.json().message).toContain('"tagg"; known: source, author, tag, q, before');
});

it('says where quotes come from while there are none', async () => {
  const { app } = await startApp([], { PAGE_LINKS: 'timer=https://t.example.org/' });
  const { body } = await app.inject('/');
  expect(body).toContain('No quotes yet.');
  expect(body).toContain('<a href="https://t.example.org/">the timer</a>');
  expect(body).toContain(' and a source has something new.');
});

it.for(['/', '/quotes/'])('keeps hostile texts texts on %s', async (path) => {
  const quote = quoteOf(HOSTILE, {
    author: HOSTILE,
    tags: [HOSTILE],
    source: HOSTILE,
    url: 'javascript:alert(1)',
    link: 'https://example.org/"><script>',
  });
  const { app } = await startApp([quote]);
  const url = path === '/' ? `/?q=${encodeURIComponent(HOSTILE)}` : `/quotes/${quote.id}`;
  const { body } = await app.inject({ url, headers: browser });
  expect(body.match(/<script/g)).toHaveLength(1);
  expect(body).not.toContain('javascript:');
  expect(body).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp;');
});

it('keeps the lines of a poem', async () => {
  const poem = quoteOf('One line\nand another\n\nand a third.');
  const { app } = await startApp([poem]);
  expect(textsIn((await app.inject('/')).body)).toEqual([poem.text]);
});

it('returns a quote as JSON, and to browsers as a page that other sites can show', async () => {
  const quote = quoteOf('A “quoted” text.', { author: 'Ada', image: 'https://example.org/1.png' });
  const { app } = await startApp([quote], { TRUST_PROXY: 'true' });
  const url = `/quotes/${quote.id}`;
  const json = await app.inject(url);
  expect(json.json()).toEqual(quote);
  expect(String(json.headers['vary']).split(/, */)).toContain('accept');
  const page = await app.inject({
    url,
    headers: { ...browser, host: 'quotes.example', 'x-forwarded-proto': 'https' },
  });
  expect(page.headers['content-type']).toMatch(/^text\/html/);
  expect(textsIn(page.body)).toEqual([quote.text]);
  expect(page.body).toContain(`<link rel="canonical" href="https://quotes.example${url}">`);
  const properties = Object.fromEntries(
    [...page.body.matchAll(/<meta property="(.*?)" content="(.*?)">/g)].map(([, ...pair]) => pair),
  );
  expect(properties).toEqual({
    'og:type': 'article',
    'og:site_name': 'Quotewire',
    'og:title': 'A “quoted” text. – Ada',
    'og:description': quote.text,
    'og:url': `https://quotes.example${url}`,
    'og:image': quote.image,
  });
});

it('answers 404 for a quote that the history does not hold, in words', async () => {
  const { app } = await startApp([]);
  const { id } = quoteOf('gone');
  const json = await app.inject(`/quotes/${id}`);
  expect(json.statusCode).toBe(404);
  expect(json.json().message).toBe(`the history holds no quote ${id} (any longer)`);
  const page = await app.inject({ url: `/quotes/${id}`, headers: browser });
  expect(page.statusCode).toBe(404);
  expect(page.headers['content-type']).toMatch(/^text\/html/);
  expect(page.body).toContain('This quote isn’t here.');
});

it('refuses a misspelt filter of the live page in words, on a page for browsers', async () => {
  const { app } = await startApp([]);
  const page = await app.inject({ url: '/?tags=<love>', headers: browser });
  expect(page.statusCode).toBe(400);
  expect(page.headers['content-type']).toMatch(/^text\/html/);
  expect(page.headers['vary']).toContain('accept');
  expect(page.body).toContain("There's no query parameter &quot;tags&quot;; known: source,");
  const json = await app.inject('/?tags=<love>');
  expect(json.statusCode).toBe(400);
  expect(json.json().message).toContain('there\'s no query parameter "tags"');
});

/** The paths of what a page loads, directly and by imports. */
async function filesOf(app: App, page: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  async function load(text: string, from: string): Promise<void> {
    const links = text.matchAll(/(?:<script[^>]+src|stylesheet" href)="([^"]+)"|from '([^']+)'/g);
    for (const [, inHtml, inScript = ''] of links) {
      const path = new URL(inHtml ?? inScript, new URL(from, 'http://host')).pathname;
      if (files.has(path) || path.endsWith('.d.ts')) continue;
      const { statusCode, body } = await app.inject(path);
      expect([path, statusCode]).toEqual([path, 200]);
      files.set(path, body);
      await load(body, path);
    }
  }
  await load((await app.inject({ url: page, headers: browser })).body, page);
  return files;
}

it('loads at most 40 KB of scripts and styles, beside the client', async () => {
  const { app } = await startApp([]);
  const files = [...(await filesOf(app, '/'))].filter(([path]) => !path.startsWith('/client/'));
  expect(files.map(([path]) => path)).toContain('/quotes/assets/feed.js');
  const bytes = files.map(([, text]) => Buffer.byteLength(text));
  expect(bytes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(40 * 1024);
});
