import { createMemoryBus, MAX_EVENT_BYTES } from '@quotewire/bus';
import { quoteScraped, topologyOf } from '@quotewire/events';
import { parseSources } from '@quotewire/sources';
import { silentLogger } from '@quotewire/testing';
import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { extractQuotes } from '../src/extract-quotes.ts';

const pageUrl = 'https://example.org/news/?page=2';

function extract(body: string, settings: object) {
  const entry = { name: 'example', url: 'https://example.org/news/', ...settings };
  const [source] = parseSources(JSON.stringify({ sources: [entry] }), {
    path: 'sources.json',
    sampleSiteUrl: '',
  });
  if (source === undefined) throw new Error('no source');
  const page = { url: pageUrl, contentType: 'text/plain; charset=utf-8', body: Buffer.from(body) };
  const extracted = extractQuotes(page, { source, scrapedAt: '2026-01-01T00:00:00.000Z' });
  for (const quote of extracted.quotes) expect(Value.Check(quoteScraped.data, quote)).toBe(true);
  return extracted;
}

/** The optional fields of the quotes of a page. */
function optionalOf(body: string, settings: object) {
  const names = ['text', 'title', 'link', 'publishedAt', 'image'] as const;
  return extract(body, settings).quotes.map((quote) =>
    Object.fromEntries(names.filter((name) => name in quote).map((name) => [name, quote[name]])),
  );
}

const article = { item: 'article', fields: { text: 'p', title: 'h2', link: 'a', image: 'img' } };

it('extracts headlines with link, date and image', () => {
  const html = `<article><h2><a href="one">Rain ahead</a></h2><img src="/i/1.png">
    <time datetime="2026-02-03T10:00+01:00">this morning</time></article>
    <article><h2><a>No link</a></h2><time>2026-02-02</time></article>`;
  const fields = { text: 'h2', title: 'h2', link: 'a', publishedAt: 'time', image: 'img' };
  expect(optionalOf(html, { item: 'article', fields })).toEqual([
    {
      text: 'Rain ahead',
      link: 'https://example.org/news/one',
      publishedAt: '2026-02-03T09:00:00.000Z',
      image: 'https://example.org/i/1.png',
    },
    {
      text: 'No link',
      publishedAt: '2026-02-02T00:00:00.000Z',
    },
  ]);
});

it.for([
  [
    'RSS',
    `<rss><channel><item><title>Rain</title><description>It rains.</description>
      <link>https://example.org/rain</link><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate>
      <enclosure type="audio/mpeg" url="https://example.org/rain.mp3"/>
      <enclosure type="image/png" url="https://example.org/rain.png"/></item></channel></rss>`,
  ],
  [
    'RSS with media and a permanent link',
    `<rss><channel><item><title>Rain</title><description>It rains.</description>
      <guid isPermaLink="true">https://example.org/rain</guid><dc:date>2026-02-03T04:05:06Z</dc:date>
      <media:group><media:content medium="image" url="/rain.png"/></media:group></item></channel></rss>`,
  ],
  [
    'Atom',
    `<feed><entry><title>Rain</title><summary>It rains.</summary>
      <link rel="edit" href="/edit"/><link rel="alternate" href="/rain"/>
      <link rel="enclosure" type="image/png" href="/rain.png"/>
      <published>2026-02-03T04:05:06Z</published><updated>2026-02-04T00:00:00Z</updated></entry></feed>`,
  ],
])('finds title, link, date and image in %s without fields in the source', ([, feed]) => {
  expect(optionalOf(feed as string, { kind: 'feed' })).toEqual([
    {
      text: 'It rains.',
      title: 'Rain',
      link: 'https://example.org/rain',
      publishedAt: '2026-02-03T04:05:06.000Z',
      image: 'https://example.org/rain.png',
    },
  ]);
});

it('uses the title as text for a feed without contents, and omits the title', () => {
  const feed = '<rss><channel><item><title>Rain</title><link>/rain</link></item></channel></rss>';
  expect(optionalOf(feed, { kind: 'feed' })).toEqual([
    { text: 'Rain', link: 'https://example.org/rain' },
  ]);
});

it('reads optional fields from JSON, and from patterns', () => {
  const fields = {
    text: { path: 'q', pattern: '^(?<text>.+) \\((?<title>.+), (?<publishedAt>.+)\\)$' },
    link: 'u',
  };
  const json = '[{"q": "Rain. (Weather, 2026-02-03)", "u": "../rain"}]';
  expect(optionalOf(json, { kind: 'json', fields })).toEqual([
    {
      text: 'Rain.',
      title: 'Weather',
      link: 'https://example.org/rain',
      publishedAt: '2026-02-03T00:00:00.000Z',
    },
  ]);
});

it('resolves addresses against the base that the page names', () => {
  const html = '<base href="/deep/er/"><article><p>One</p><a href="../2">x</a></article>';
  expect(optionalOf(html, article)).toEqual([{ text: 'One', link: 'https://example.org/deep/2' }]);
});

it.for([
  ['link', '<a href="javascript:alert(1)">x</a>', 'javascript: instead of http or https'],
  ['link', '<a href="https://me:secret@example.org/">x</a>', 'has a user or a password'],
  ['link', `<a href="/${'x'.repeat(2_083)}">x</a>`, 'longer than 2083 characters'],
  ['link', '<a href="http://[">x</a>', 'not a web address'],
  ['image', '<img src="data:image/png;base64,AAAA">', 'data: instead of http or https'],
  ['title', `<h2>${'x'.repeat(501)}</h2>`, 'longer than 500 characters'],
  ['title', '<h2>caf\uFFFD</h2>', 'undecodable characters'],
  ['publishedAt', '<time>yesterday</time>', 'not a date of RFC 3339 or RFC 822'],
] as const)('publishes an item without its invalid %s', ([field, html, reason]) => {
  const fields = { ...article.fields, publishedAt: 'time' };
  const { quotes, dropped, ignored } = extract(`<article><p>One</p>${html}</article>`, {
    item: 'article',
    fields,
  });
  expect(quotes).toMatchObject([{ text: 'One' }]);
  expect(quotes[0]).not.toHaveProperty(field);
  expect(dropped).toEqual([]);
  expect(ignored).toMatchObject([{ field, reason }]);
  expect(ignored[0]?.value.length).toBeLessThanOrEqual(200);
});

it('drops an item if a required optional field is missing or invalid', () => {
  const fields = { text: 'p', link: { selector: 'a', required: true } };
  const html =
    '<article><p>One</p></article><article><p>Two</p><a href="mailto:a@b">x</a></article>';
  expect(extract(html, { item: 'article', fields }).dropped).toEqual([
    { text: 'One', reason: 'no link' },
    { text: 'Two', reason: 'no link' },
  ]);
});

it('gives a quote the same id, whatever its optional fields are', () => {
  const [one, other] = ['<h2>A</h2>', '<h2>B</h2><a href="/x">x</a>'].map(
    (more) => extract(`<article><p>One</p>${more}</article>`, article).quotes[0],
  );
  expect(one?.title).not.toBe(other?.title);
  expect(one?.id).toBe(other?.id);
});

it('never extracts a quote larger than an event allows', async () => {
  const wide = '\u{8a9e}';
  const url = (path: string) => `/${path.repeat(2_083)}`.slice(0, 2_060);
  const json = [
    {
      text: wide.repeat(10_000),
      author: wide.repeat(500),
      tags: Array.from({ length: 60 }, (_, index) => `${10 + index}${wide.repeat(98)}`),
      title: wide.repeat(500),
      link: url('a'),
      image: url('b'),
      publishedAt: '2026-02-03',
    },
  ];
  const names = ['text', 'author', 'tags', 'title', 'link', 'image', 'publishedAt'];
  const fields = Object.fromEntries(names.map((name) => [name, name]));
  const { quotes, ignored, dropped } = extract(JSON.stringify(json), { kind: 'json', fields });
  expect([dropped, ignored]).toEqual([[], []]);
  const [quote] = quotes;
  if (quote === undefined) throw new Error('no quote');
  expect(quote.tags).toHaveLength(50);
  const longest = { ...quote, url: `https://example.org${url('c')}`, runId: crypto.randomUUID() };
  expect(Buffer.byteLength(JSON.stringify(longest))).toBeGreaterThan(50_000);
  const bus = createMemoryBus({ name: 'test', topology: topologyOf(), logger: silentLogger });
  await bus.publish(quoteScraped, longest);
  await bus.close();
  expect(Buffer.byteLength(JSON.stringify(longest))).toBeLessThan(MAX_EVENT_BYTES - 4_096);
});
