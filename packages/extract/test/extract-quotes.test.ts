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

it('extracts text, author and tags of each item, in page order', () => {
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

it('extracts visible text', () => {
  const { quotes } = extract(quote('a <b>b</b><br>c<script>no</script>\n  d &amp; <!-- no -->e'));
  expect(quotes[0]?.text).toBe('a b c d & e');
});

it('omits excluded elements, and reads attributes', () => {
  const html = '<p data-by="Ann">Words <i>by Ann</i></p>';
  const fields = {
    text: { selector: ':scope', exclude: 'i' },
    author: { selector: ':scope', attribute: 'data-by' },
  };
  expect(extract(html, { item: 'p', fields }).quotes).toMatchObject([
    { text: 'Words', author: 'Ann' },
  ]);
});

it.for(['constructor', '__proto__'])(
  'reads the attribute %s of elements that have it',
  (attribute) => {
    const fields = { text: 'q', author: { selector: 'b', attribute } };
    const html = `<p><q>One</q><b></b></p><p><q>Two</q><b ${attribute}="Ann"></b></p>`;
    const { quotes } = extract(html, { item: 'p', fields });
    expect(quotes.map(({ author }) => author)).toEqual(['', 'Ann']);
  },
);

it('reads an attribute that a second body tag adds', () => {
  const fields = { text: 'q', author: { selector: ':scope', attribute: 'constructor' } };
  const html = '<body><q>One</q><body constructor="Ann">';
  const { quotes } = extract(html, { item: 'body', fields });
  expect(quotes.map(({ author }) => author)).toEqual(['Ann']);
});

it('drops items that are not quotes, with the reason', () => {
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

it('drops an author of more than 500 characters, and keeps one of 500', () => {
  const html = [quote('One', 'a'.repeat(500)), quote('Two', 'a'.repeat(501))].join('');
  const { quotes, dropped } = extract(html);
  expect(quotes.map(({ text }) => text)).toEqual(['One']);
  expect(dropped).toEqual([{ text: 'Two', reason: 'author longer than 500 characters' }]);
});

it('keeps 50 tags of up to 100 characters, each once', () => {
  const longest = 'x'.repeat(100);
  const others = Array.from({ length: 60 }, (_, index) => `tag ${index}`);
  const tags = ['tag 0', 'y'.repeat(101), longest, ...others];
  const markup = tags.map((tag) => `<a class="tag">${tag}</a>`).join('');
  const { quotes } = extract(quote('One', 'A', `<div class="tags">${markup}</div>`));
  expect(quotes[0]?.tags).toEqual(['tag 0', longest, ...others.slice(1, 49)]);
});

it('ignores hidden markup', () => {
  const lazy = '<noscript><img src="a.png" alt="no"></noscript><iframe><b>no</b></iframe>';
  expect(extract(quote(`One ${lazy}two`)).quotes[0]?.text).toBe('One two');
});

it('removes control characters', () => {
  const text = `a${'\u0007'.repeat(20_000)}\u0085b`;
  const fields = { text: 't' };
  const { quotes } = extract(JSON.stringify([{ t: text }]), { kind: 'json', item: '.', fields });
  expect(quotes[0]?.text).toBe('a b');
});

it.for([
  ['in the middle of a tag', '<div class="quote"><span class="te'],
  ['in the middle of an attribute', '<div class="quote"><a title="x > y'],
  ['in the middle of a comment', '<!-- half'],
])('recognises a truncated page that ends %s', ([, end]) => {
  expect(extract(`${quote('One')}${end}`)).toMatchObject({ isCut: true, nextUrl: undefined });
});

it('drops the last item of a truncated page', () => {
  const { quotes, dropped } = extract(
    `${quote('One')}<div class="quote"><span class="text">Two</span><small cl`,
  );
  expect(quotes.map(({ text }) => text)).toEqual(['One']);
  expect(dropped).toEqual([{ text: 'Two', reason: 'the page is cut within it' }]);
});

it.for([
  '</html>',
  '<p>the last paragraph',
  '<ul><li class="next"><a href="/page/3/">Next',
  '<br>',
  "<!-- that's all -->",
  '</html><!-- <div> -->',
  '1 < 2',
  '',
])('treats a page that ends in %j as complete', (end) => {
  expect(extract(`${quote('One')}${end}`).isCut).toBe(false);
});

it('reports an invalid URL of the next page', () => {
  const next = (href: string) => {
    const { nextUrl, nextProblem } = extract(`<li class="next"><a href="${href}">Next</a></li>`);
    return nextUrl ?? nextProblem;
  };
  expect(next(`/${'x'.repeat(70_000)}`)).toBe(
    'The address of the next page has more than 2083 characters.',
  );
  expect(next('https://elsewhere.example/3')).toBe(
    'The next page, https://elsewhere.example/3, is on another site.',
  );
});

it('follows only links within the site', () => {
  const next = (href: string) =>
    extract(`<ul><li class="next"><a href="${href}">Next</a></li></ul>`).nextUrl;
  expect(next('http://example.org/page/3/')).toBe('http://example.org/page/3/');
  expect(next('https://www.example.org/page/3/')).toBe('https://www.example.org/page/3/');
  expect(next('/page/3/#top')).toBe('https://example.org/page/3/');
  expect(next('?page=3')).toBe('https://example.org/page/2/?page=3');
  expect(next('https://elsewhere.example/page/3/')).toBeUndefined();
  expect(next('http://[')).toBeUndefined();
  expect(next('#')).toBeUndefined();
  expect(extract('<p>the last page</p>').nextUrl).toBeUndefined();
});

it('decodes by the charset of the header, then of the page', () => {
  const bytes = Buffer.from(quote('café'), 'latin1');
  expect(extract(bytes, {}, 'text/html; charset=ISO-8859-1').quotes[0]?.text).toBe('café');
  const meta = Buffer.from(`<meta charset="windows-1252">${quote('café')}`, 'latin1');
  expect(extract(meta, {}, 'text/html').quotes[0]?.text).toBe('café');
});
