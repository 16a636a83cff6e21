import type { Source } from '@quotewire/sources';
import { expect, it } from 'vitest';
import { extractQuotes } from '../src/extract-quotes.ts';

const source = {
  name: 'example',
  enabled: true,
  url: 'https://example.org/',
  item: 'div.quote',
  fields: { text: 'span.text', author: 'small.author', tags: 'div.tags a.tag' },
  next: 'li.next > a',
  maxPages: 20,
} satisfies Source;
const quote = (text: string, author = 'A', more = '') =>
  `<div class="quote"><span class="text">${text}</span><small class="author">${author}</small>${more}</div>`;

function extract(
  html: string | Buffer,
  settings: object = {},
  contentType = 'text/html; charset=utf-8',
) {
  const page = { url: 'https://example.org/page/2/', contentType, body: Buffer.from(html) };
  return extractQuotes(page, {
    source: { ...source, ...settings },
    scrapedAt: '2026-01-01T00:00:00.000Z',
  });
}

it('takes text, author and tags of each item, in the order of the page', () => {
  const tags =
    '<div class="tags"><a class="tag">x</a><a class="tag"> y </a><a class="tag">x</a></div>';
  const { quotes, dropped } = extract(
    `<a class="tag">popular</a>${quote('“One.”', 'Ann', tags)}${quote('Two', '')}`,
  );
  expect(quotes).toMatchObject([
    {
      text: '“One.”',
      author: 'Ann',
      tags: ['x', 'y'],
      source: 'example',
      url: 'https://example.org/page/2/',
    },
    { text: 'Two', author: '', tags: [] },
  ]);
  expect(dropped).toEqual([]);
});

it('reads text as people see it', () => {
  const { quotes } = extract(quote('a <b>b</b><br>c<script>no</script>\n  d &amp; <!-- no -->e'));
  expect(quotes[0]?.text).toBe('a b c d & e');
});

it('leaves out what is excluded, and reads attributes', () => {
  const html = '<p data-by="Ann">Words <i>by Ann</i></p>';
  const fields = {
    text: { selector: ':scope', exclude: 'i' },
    author: { selector: ':scope', attribute: 'data-by' },
  };
  expect(extract(html, { item: 'p', fields }).quotes).toMatchObject([
    { text: 'Words', author: 'Ann' },
  ]);
});

it('drops what is no quote, and says why', () => {
  const { quotes, dropped } = extract(
    [quote('“…”'), quote('One'), quote('one.'), quote('x'.repeat(10_001))].join(''),
  );
  expect(quotes.map(({ text }) => text)).toEqual(['One']);
  expect(dropped.map(({ reason }) => reason)).toEqual([
    'no text',
    'twice on the page',
    'longer than 10000 characters',
  ]);
});

it('finds the next page of the same site only', () => {
  const next = (href: string) =>
    extract(`<ul><li class="next"><a href="${href}">Next</a></li></ul>`).nextUrl;
  expect(next('/page/3/#top')).toBe('https://example.org/page/3/');
  expect(next('?page=3')).toBe('https://example.org/page/2/?page=3');
  expect(next('https://elsewhere.example/page/3/')).toBeUndefined();
  expect(next('http://[')).toBeUndefined();
  expect(next('#')).toBeUndefined();
  expect(extract('<p>the last page</p>').nextUrl).toBeUndefined();
});

it('believes the charset of the header, then the one of the page', () => {
  const bytes = Buffer.from(quote('café'), 'latin1');
  expect(extract(bytes, {}, 'text/html; charset=ISO-8859-1').quotes[0]?.text).toBe('café');
  const meta = Buffer.from(`<meta charset="windows-1252">${quote('café')}`, 'latin1');
  expect(extract(meta, {}, 'text/html').quotes[0]?.text).toBe('café');
});
