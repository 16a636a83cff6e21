import type { Quote } from '@quotewire/events';
import type { App } from '@quotewire/service';
import { parseAtomFeed, parseJsonFeed } from 'feedsmith';
import { expect, it } from 'vitest';
import { quoteOf, startApp } from './start-app.ts';

const HOSTILE = ']]></content><script>alert("1")</script> & \u0008\uFFFE\uD800';
const URN = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const behindProxy = { TRUST_PROXY: 'true' };
const headers = { host: 'quotes.example', 'x-forwarded-proto': 'https' };

async function readFeed(app: App, url: string) {
  const response = await app.inject({ url, headers });
  expect(response.statusCode).toBe(200);
  return { response, body: response.body };
}

const poem = quoteOf('One line\nand <another>', {
  author: 'Ada & Bob',
  tags: ['love', 'a <b>'],
  link: 'https://example.org/1?a=1&b=2',
  publishedAt: '2025-12-31T00:00:00.000Z',
  scrapedAt: '2026-01-02T00:00:00.000Z',
});

it('is an Atom feed with all that RFC 4287 requires', async () => {
  const { app } = await startApp([quoteOf('old', { author: '' }), poem], behindProxy);
  const { response, body } = await readFeed(app, '/quotes.atom?source=example&q=');
  expect(response.headers['content-type']).toBe('application/atom+xml; charset=utf-8');
  expect(body).toMatch(
    /^<\?xml version="1.0" encoding="utf-8"\?>\n<feed xmlns="http:\/\/www.w3.org\/2005\/Atom">/,
  );
  const feed = parseAtomFeed(body);
  expect(feed).toMatchObject({
    id: 'tag:quotes.example,2026:quotes?source=example',
    title: { value: 'example – Quotewire' },
    updated: '2026-01-02T00:00:00.000Z',
    links: [
      { rel: 'self', href: 'https://quotes.example/quotes.atom?source=example' },
      { rel: 'alternate', href: 'https://quotes.example/?source=example', type: 'text/html' },
    ],
  });
  expect(feed.entries).toMatchObject([
    {
      id: expect.stringMatching(URN),
      title: { value: 'One line and <another>' },
      updated: '2026-01-02T00:00:00.000Z',
      published: '2025-12-31T00:00:00.000Z',
      authors: [{ name: 'Ada & Bob' }],
      categories: [{ term: 'love' }, { term: 'a <b>' }],
      links: [
        { rel: 'alternate', href: `https://quotes.example/quotes/${poem.id}` },
        { rel: 'via', href: 'https://example.org/1?a=1&b=2' },
      ],
      content: {
        type: 'html',
        value:
          '<blockquote><p>One line<br>and &lt;another&gt;</p></blockquote><p>– Ada &amp; Bob</p>',
      },
    },
    // an entry must have an author
    {
      title: { value: 'old' },
      authors: [{ name: 'example' }],
      links: [{}, { href: 'https://example.org/' }],
    },
  ]);
});

it('is a JSON Feed of version 1.1', async () => {
  const { app } = await startApp([quoteOf('old', { author: '' }), poem], behindProxy);
  const { response, body } = await readFeed(app, '/quotes.json?tag=love&tag=a%20%3Cb%3E');
  expect(response.headers['content-type']).toBe('application/feed+json; charset=utf-8');
  expect(JSON.parse(body)).toEqual({
    version: 'https://jsonfeed.org/version/1.1',
    title: 'love, a <b> – Quotewire',
    home_page_url: 'https://quotes.example/?tag=love&tag=a+%3Cb%3E',
    feed_url: 'https://quotes.example/quotes.json?tag=love&tag=a+%3Cb%3E',
    items: [
      {
        id: expect.stringMatching(URN),
        url: `https://quotes.example/quotes/${poem.id}`,
        external_url: poem.link,
        content_text: poem.text,
        content_html: expect.stringContaining('One line<br>and &lt;another&gt;'),
        date_published: poem.publishedAt,
        date_modified: poem.scrapedAt,
        authors: [{ name: 'Ada & Bob' }],
        tags: poem.tags,
      },
    ],
  });
  expect(parseJsonFeed(body).items).toHaveLength(1);
});

it('gives a quote the same id in each format and under each address', async () => {
  const { app } = await startApp([poem]);
  const atom = parseAtomFeed((await app.inject('/quotes.atom')).body);
  const json = parseJsonFeed((await readFeed(app, '/quotes.json?tag=love')).body);
  expect(atom.entries?.[0]?.id).toBe(json.items?.[0]?.id);
});

it('keeps hostile texts texts, and is XML whatever they have', async () => {
  const hostile = { author: HOSTILE, tags: [HOSTILE], source: HOSTILE, title: HOSTILE };
  const { app } = await startApp([quoteOf(HOSTILE, hostile)]);
  const { body } = await readFeed(app, '/quotes.atom');
  expect(body).not.toContain('<script');
  expect(body.isWellFormed()).toBe(true);
  // oxlint-disable-next-line eslint/no-control-regex -- what XML can't have
  expect(body).not.toMatch(/[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/);
  expect(parseAtomFeed(body).entries?.[0]?.authors?.[0]?.name).toBe(
    ']]></content><script>alert("1")</script> & \uFFFD\uFFFD\uFFFD',
  );
});

it('is valid while it is empty, and the same each time', async () => {
  const { app } = await startApp([]);
  const { body } = await readFeed(app, '/quotes.atom');
  expect(parseAtomFeed(body)).toMatchObject({
    title: { value: 'Quotewire' },
    updated: '1970-01-01T00:00:00.000Z',
  });
  expect((await readFeed(app, '/quotes.atom')).body).toBe(body);
  expect(parseJsonFeed((await readFeed(app, '/quotes.json')).body).items ?? []).toEqual([]);
});

it.for<[string, (body: string) => (string | undefined)[]]>([
  ['/quotes.atom', (body) => (parseAtomFeed(body).entries ?? []).map(({ title }) => title?.value)],
  ['/quotes.json', (body) => (parseJsonFeed(body).items ?? []).map((item) => item.content_text)],
])(
  'serves a reader of %s: subscribe, nothing new, a new entry, a filter',
  async ([path, titles]) => {
    const mine = (text: string): Quote => quoteOf(text, { tags: ['Mine'] });
    const { app, publish } = await startApp([mine('one'), quoteOf('two')]);
    let tag: string | undefined;
    const poll = async (query = '') => {
      const conditional = tag === undefined ? {} : { 'if-none-match': tag };
      const response = await app.inject({ url: `${path}${query}`, headers: conditional });
      if (response.statusCode === 304) return 'nothing new';
      tag = response.headers.etag;
      return titles(response.body);
    };
    expect(await poll()).toEqual(['two', 'one']);
    expect(await poll()).toBe('nothing new');
    await publish(quoteOf('three'));
    expect(await poll()).toEqual(['three', 'two', 'one']);
    expect(await poll()).toBe('nothing new');

    tag = undefined;
    expect(await poll('?tag=mine')).toEqual(['one']);
    await publish(quoteOf('four'));
    expect(await poll('?tag=mine')).toBe('nothing new');
    await publish(mine('five'));
    expect(await poll('?tag=mine&limit=1')).toEqual(['five']);
  },
);

it('names an unknown parameter', async () => {
  const { app } = await startApp([]);
  const refused = await app.inject('/quotes.atom?before=x');
  expect(refused.statusCode).toBe(400);
  expect(refused.json().message).toContain('"before"');
});
