import { parseSources } from '@quotewire/sources';
import { expect, it } from 'vitest';
import { extractQuotes } from '../src/extract-quotes.ts';

const pageUrl = 'https://example.org/quotes?page=2';

function extract(body: string, settings: object, url = pageUrl) {
  const entry = { name: 'example', url: 'https://example.org/quotes', ...settings };
  const [source] = parseSources(JSON.stringify({ sources: [entry] }), {
    path: 'sources.json',
    sampleSiteUrl: '',
  });
  if (source === undefined) throw new Error('no source');
  const page = { url, contentType: 'text/plain; charset=utf-8', body: Buffer.from(body) };
  return extractQuotes(page, { source, scrapedAt: '2026-01-01T00:00:00.000Z' });
}

const quotesOf = (...parameters: Parameters<typeof extract>) =>
  extract(...parameters).quotes.map(({ text, author, tags }) => [text, author, ...tags]);

it.for([
  [
    'RSS 2.0',
    `<rss><channel><title>Site</title><item><title>Be…</title><dc:creator>Ann</dc:creator>
      <description>&lt;p&gt;Be &amp;amp; stay&lt;br&gt;calm&lt;/p&gt;</description>
      <category>x</category><category><![CDATA[y]]></category></item></channel></rss>`,
    ['Be & stay calm', 'Ann', 'x', 'y'],
  ],
  [
    'RSS with whole contents',
    `<rss><channel><item><title>T</title><description>Short…</description>
      <content:encoded><![CDATA[<blockquote>Whole &eacute;</blockquote>]]></content:encoded></item></channel></rss>`,
    ['Whole é', ''],
  ],
  [
    'RSS 1.0',
    '<rdf:RDF><channel/><item><title>One</title><dc:creator>Ann</dc:creator></item></rdf:RDF>',
    ['One', 'Ann'],
  ],
  [
    'Atom',
    `<feed><author><name>Site</name></author><entry><title>T</title><author><name>Ann</name></author>
      <content type="xhtml"><div><p>One</p><p>two</p></div></content><category term="x"/></entry></feed>`,
    ['One two', 'Ann', 'x'],
  ],
  [
    'Atom whose text is plain',
    '<feed><entry><title type="text">Use &lt;b&gt; &amp;amp; &lt;i&gt;</title></entry></feed>',
    ['Use <b> &amp; <i>', ''],
  ],
])('reads %s without fields in the source', ([, feed, quote]) => {
  expect(quotesOf(feed as string, { kind: 'feed' })).toEqual([quote]);
});

it('does not expand entities of a feed', () => {
  const bomb = `<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>
    <rss><channel><item><title>One &b;</title></item></channel></rss>`;
  expect(quotesOf(bomb, { kind: 'feed' })).toEqual([['One &b;', '']]);
});

it('rejects a page that is not a feed', () => {
  expect(() => extract('<html><body></body></html>', { kind: 'feed' })).toThrow(
    `${pageUrl} is no feed, it begins with <html>: set the feed's own url`,
  );
});

it.for([
  ['a list', '[{"q": "One", "a": "Ann"}]', { fields: { text: 'q', author: 'a' } }],
  ['one object', '{"q": "One", "a": "Ann"}', { fields: { text: 'q', author: 'a' } }],
  [
    'a list under a path',
    '{"data": {"results": [{"q": "One", "by": [{"name": "Ann"}]}]}}',
    { item: 'data.results', fields: { text: 'q', author: 'by.name' } },
  ],
  [
    'values by name',
    '{"1": {"q": "One", "a": "Ann"}}',
    { item: '*', fields: { text: 'q', author: 'a' } },
  ],
  [
    'texts alone',
    '["One — Ann"]',
    { fields: { text: { path: '.', pattern: '^(?<text>.+) — (?<author>.+)$' } } },
  ],
  ['pairs', '[["One", "Ann"]]', { fields: { text: '0', author: '1' } }],
  [
    'HTML within',
    '[{"q": {"rendered": "<p>O<b>n</b>e</p>\\n"}, "a": "Ann"}]',
    { fields: { text: { path: ['no.where', 'q.rendered'], html: true }, author: 'a' } },
  ],
] as const)('reads JSON that is %s', ([, json, settings]) => {
  expect(quotesOf(json, { kind: 'json', ...settings })).toEqual([['One', 'Ann']]);
});

it('names a missing path, and the names that exist', () => {
  const settings = { kind: 'json', item: 'results', fields: { text: 'q' } };
  expect(() => extract('{"quotes": [], "page": 1}', settings)).toThrow(
    `${pageUrl} has nothing at "results": set item to where the quotes are; the answer has quotes, page`,
  );
  expect(() => extract('<html>', settings)).toThrow(`${pageUrl} is not JSON`);
  expect(extract('{"results": []}', settings).itemCount).toBe(0);
});

it.for([
  [
    'assigned to a variable',
    'var x = {"a": 1}; window.data = [{"q": "One ]"}]; f(data)',
    'window.data',
  ],
  ['the first with texts', 'f({"a": 1}); var d = [{"q": "One ]"}];', undefined],
  ['behind what is none', '[1, {not: json} var d = [{"q": "One ]"}];', undefined],
  ['a document of its own', '[{"q": "One ]"}]', undefined],
] as const)('reads JSON in a script that is %s', ([, code, variable]) => {
  const settings = { kind: 'script', ...(variable && { variable }), fields: { text: 'q' } };
  expect(quotesOf(`<p>x</p><script>f([1)</script><script>${code}</script>`, settings)).toEqual([
    ['One ]', ''],
  ]);
});

it('reports that no script has the JSON', () => {
  const settings = { kind: 'script', variable: 'data', fields: { text: 'q' } };
  expect(() => extract('<script>var other = [];</script>', settings)).toThrow(
    `${pageUrl} has no JSON assigned to data in "script"`,
  );
});

it.for([
  ['the next number', {}, pageUrl, 'https://example.org/quotes?page=3'],
  [
    'the second of an address without one',
    {},
    'https://example.org/quotes',
    'https://example.org/quotes?page=2',
  ],
  [
    'a number of its own step',
    { url: '/all/{page}', first: 0, step: 30 },
    'https://example.org/all/30',
    'https://example.org/all/60',
  ],
  ['none when the answer says so', { while: 'more' }, pageUrl, undefined],
  [
    'one when the answer says so',
    { while: 'has.more' },
    pageUrl,
    'https://example.org/quotes?page=3',
  ],
] as const)('finds %s', ([, settings, url, nextUrl]) => {
  const next = { url: '?page={page}', ...settings };
  const json = '{"results": [{"q": "One"}], "more": false, "has": {"more": true}}';
  const source = { kind: 'json', item: 'results', fields: { text: 'q' }, next };
  expect(extract(json, source, url).nextUrl).toBe(nextUrl);
});

it('continues while a page has items', () => {
  const source = { item: 'p', fields: { text: ':scope' }, next: { url: '?page={page}' } };
  expect(extract('<p>One</p>', source).nextUrl).toBe('https://example.org/quotes?page=3');
  expect(extract('<h1>No quotes</h1>', source).nextUrl).toBeUndefined();
});

it('follows a link in JSON, and one of a page with another base', () => {
  const json = { kind: 'json', item: 'r', fields: { text: '.' }, next: 'links.next' };
  expect(extract('{"r": ["One"], "links": {"next": "/quotes?page=9"}}', json).nextUrl).toBe(
    'https://example.org/quotes?page=9',
  );
  expect(extract('{"r": ["One"], "links": {"next": null}}', json).nextUrl).toBeUndefined();
  const html = { item: 'p', fields: { text: ':scope' }, next: 'a' };
  expect(extract('<base href="/deep/er/"><a href="../3">', html).nextUrl).toBe(
    'https://example.org/deep/3',
  );
});

it("falls back to the named group of another field's pattern", () => {
  const item = 'p';
  const text = {
    selector: ':scope',
    exclude: 'cite',
    pattern: '^(?<text>.+?) by (?<author>.+?) on (?<tags>.+)$',
  };
  const html = '<p>One by Ann on x, y</p><p>Two by Ann on z<cite>Bob</cite></p><p>Three</p>';
  const { quotes, dropped } = extract(html, { item, fields: { text, author: 'cite' } });
  expect(quotes.map(({ text, author, tags }) => [text, author, ...tags])).toEqual([
    ['One', 'Ann', 'x', 'y'],
    ['Two', 'Bob', 'z'],
  ]);
  expect(dropped).toEqual([{ text: '', reason: 'no text' }]);
});

it('joins all values with `all`, else takes the first', () => {
  const html = '<p><i>a</i><i>b</i><u>x</u><u>y</u></p>';
  const all = { text: { selector: 'i', all: true }, tags: { selector: 'u', all: false } };
  expect(quotesOf(html, { item: 'p', fields: all })).toEqual([['a b', '', 'x']]);
  expect(quotesOf(html, { item: 'p', fields: { text: 'i', tags: 'u' } })).toEqual([
    ['a', '', 'x', 'y'],
  ]);
});

it('applies defaults, and drops items without a required field', () => {
  const html = '<p><q>One</q><cite>Ann</cite></p><p><q>Two</q></p>';
  const author = { selector: 'cite', default: 'Bob' };
  expect(quotesOf(html, { item: 'p', fields: { text: 'q', author } })).toEqual([
    ['One', 'Ann'],
    ['Two', 'Bob'],
  ]);
  const required = { text: 'q', author: { selector: ['b', 'cite'], required: true } };
  expect(extract(html, { item: 'p', fields: required }).dropped).toEqual([
    { text: 'Two', reason: 'no author' },
  ]);
});

it('reads at most maxItems, and reports the rest as dropped', () => {
  const source = { item: 'p', fields: { text: ':scope' }, maxItems: 1 };
  const { quotes, dropped, itemCount } = extract('<p>One</p><p>Two</p><p>Three</p>', source);
  expect([quotes.length, itemCount]).toEqual([1, 3]);
  expect(dropped).toEqual([{ text: '2 items', reason: "more than the source's maxItems" }]);
});
