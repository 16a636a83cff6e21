import { parseSources } from '@quotewire/sources';
import { expect, it } from 'vitest';
import { extractQuotes } from '../src/extract-quotes.ts';

function quoteIn(body: string, settings: object) {
  const entry = { name: 'example', url: 'https://example.org/', ...settings };
  const [source] = parseSources(JSON.stringify({ sources: [entry] }), {
    path: 'sources.json',
    sampleSiteUrl: '',
  });
  if (source === undefined) throw new Error('no source');
  const page = {
    url: 'https://example.org/',
    contentType: 'text/plain; charset=utf-8',
    body: Buffer.from(body),
  };
  const { quotes } = extractQuotes(page, { source, scrapedAt: '2026-01-01T00:00:00.000Z' });
  return quotes[0];
}
const poem = (html: string, lines = true) =>
  quoteIn(`<main>${html}</main>`, {
    item: 'main',
    fields: { text: { selector: ':scope', exclude: 'cite', lines } },
  });

it.for([
  [
    '<br>',
    'Roses  are\n red,<br>\n violets<br/>are <b>blue</b>.',
    'Roses are red,\nviolets\nare blue.',
  ],
  ['blocks', '<div>One</div><div>two</div>three', 'One\ntwo\nthree'],
  ['lists', '<ul><li>One</li> <li>two</li></ul>', 'One\ntwo'],
  ['stanzas', '<p>One<br>two</p>\n\n<p>three</p>', 'One\ntwo\n\nthree'],
  ['stanzas of <br>', 'One<br>two<br> <br><br><br>three<br>', 'One\ntwo\n\nthree'],
  ['stanzas of blocks', '<div>One</div><div><br></div><div>two</div>', 'One\n\ntwo'],
  ['a block that ends in <br>', '<div>One<br></div><div>two</div>', 'One\ntwo'],
  ['text as it is typed', '<pre>One\n  two\n\n\nthree</pre>', 'One\ntwo\n\nthree'],
  [
    'rows',
    '<table><tr><td>One</td><td>two</td></tr><tr><td>three</td></tr></table>',
    'One two\nthree',
  ],
  ['what is left out', 'One<br><cite>Ann</cite><script>x</script><br>two', 'One\n\ntwo'],
  ['control characters', 'One&#1;\u0002two<br>\u0001', 'Onetwo'],
] as const)('keeps the line breaks of %s', ([, html, text]) => {
  expect(poem(html)?.text).toBe(text);
});

it('turns line breaks into spaces without `lines`', () => {
  expect(poem('One<br>two<p>three</p>', false)?.text).toBe('One two three');
});

it('gives a quote the same id with and without its line breaks', () => {
  const html = 'One<br>two<p>three</p>';
  expect(poem(html)?.id).toBe(poem(html, false)?.id);
});

it.for([
  [
    'HTML in a feed',
    '<rss><channel><item><description>&lt;p&gt;One&lt;br&gt;two\n too&lt;/p&gt;</description></item></channel></rss>',
    { kind: 'feed', fields: { text: { selector: 'description', lines: true } } },
  ],
  [
    'XHTML in a feed',
    '<feed><entry><content type="xhtml"><div>One<br/>two\n too</div></content></entry></feed>',
    { kind: 'feed', fields: { text: { selector: 'content', lines: true } } },
  ],
  [
    'HTML in JSON',
    '[{"q": "<p>One<br>two\\n too</p>"}]',
    { kind: 'json', fields: { text: { path: 'q', html: true, lines: true } } },
  ],
  [
    'text in JSON',
    '[{"q": " One\\r\\ntwo   too\\n\\n"}]',
    { kind: 'json', fields: { text: { path: 'q', lines: true } } },
  ],
  [
    'several values',
    '["x", {"q": ["One", "two too"]}]',
    { kind: 'json', item: '1', fields: { text: { path: 'q', all: true, lines: true } } },
  ],
  [
    'a value with a pattern',
    '<p>One<br>two too<br>— Ann</p>',
    {
      item: 'p',
      fields: {
        text: { selector: ':scope', lines: true, pattern: '^(?<text>.+)\n— (?<author>.+)$' },
      },
    },
  ],
] as const)('keeps the line breaks of %s', ([, body, settings]) => {
  expect(quoteIn(body, settings)?.text).toBe('One\ntwo too');
});
