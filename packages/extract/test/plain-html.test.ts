import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AnyNode, type Document, hasChildren, isTag } from 'domhandler';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseAnyHtml } from '../src/parse-html.ts';
import { parsePlainHtml } from '../src/parse-plain-html.ts';
import { nested, piece } from './odd-html.ts';

/** Saved pages of real sites, an optional neighbour of the checkout. Their licences don't allow us to publish them. */
const PAGES = join(import.meta.dirname, '../../../../shared/fixtures/pages');
const areTherePages = existsSync(PAGES);
if (!areTherePages) process.stderr.write(`SKIPPED: saved pages. There are none in ${PAGES}.\n`);

const RUNS = { numRuns: 1_000 };

/** Serializes a tree completely, its links included. */
function outlineOf(node: AnyNode): unknown {
  const { parent: _parent, prev: _prev, next: _next, ...own } = node;
  const children = hasChildren(node) ? node.children : [];
  const areLinked = children.every(
    (child, index) =>
      child.parent === node &&
      child.prev === (children[index - 1] ?? null) &&
      child.next === (children[index + 1] ?? null),
  );
  const attributes = isTag(node) ? Object.entries(node.attribs) : [];
  return { ...own, attributes, areLinked, children: children.map(outlineOf) };
}

const outlineIn = (document: Document | undefined) => document && outlineOf(document);

/** The tree of a page that is plain, and the one that an HTML parser makes of it. */
function treesOf(html: string): { plain?: unknown; any?: unknown } {
  const plain = outlineIn(parsePlainHtml(html));
  if (plain === undefined) return {};
  return { plain, any: outlineIn(parseAnyHtml(html, 'https://example.org/')) };
}

const pageOf = (body: string, head = '<title>Quotes &amp; more</title>') =>
  `<!DOCTYPE html>\n<html lang="en">\n<head>${head}</head>\n<body>${body}</body>\n</html>\n`;

it.for([
  ['paragraphs', '<div class=a><p>One <b>two</b> &amp; three<br>four</p></div>'],
  ['lists', '<ul><li>a</li><li><a href="?a=1&amp;b=2&c=3">b</a></li></ul>'],
  ['tables', '<table>\n<tbody><tr><td><table></table></td></tr></tbody></table>\r\n'],
  [
    'links',
    `<a href="?a=1&copy=2&lt;&notit;&copy" href=b CLASS='c&#39;=' hidden data-a = b/>a</a>`,
  ],
  ['scripts', '<script>if (a < b) "</p>"</script><!-- a -->'],
])('parses %s that are nested properly', ([, body = '']) => {
  const { plain, any } = treesOf(pageOf(body));
  expect(plain).toBeDefined();
  expect(plain).toEqual(any);
});

it.for([
  ['a paragraph that ends by itself', '<p>One<p>Two</p>'],
  ['an element that nobody ends', '<div><span>One</div>'],
  ['a link within a link', '<a>One<span><a>Two</a></span></a>'],
  ['text within a table', '<table>One</table>'],
  ['a heading within a heading', '<h1><h2>One</h2></h1>'],
])('leaves %s to the HTML parser', ([, body = '']) => {
  expect(parsePlainHtml(pageOf(body))).toBeUndefined();
});

it('builds the same tree as parse5 from properly nested markup', () => {
  let plainPages = 0;
  fc.assert(
    fc.property(nested, (body) => {
      const { plain, any } = treesOf(pageOf(body));
      expect(plain).toEqual(any);
      if (plain !== undefined) plainPages += 1;
    }),
    RUNS,
  );
  expect(plainPages).toBeGreaterThan(RUNS.numRuns / 10);
});

it('never builds another tree than parse5 from any markup', () => {
  const pieces = fc.array(piece, { maxLength: 8 }).map((all) => all.join(''));
  fc.assert(
    fc.property(pieces, pieces, (body, head) => {
      const { plain, any } = treesOf(pageOf(body, head));
      expect(plain).toEqual(any);
    }),
    RUNS,
  );
});

it('never builds another tree than parse5 from a damaged page', () => {
  fc.assert(
    fc.property(nested, fc.nat(), fc.nat({ max: 8 }), piece, (body, place, cut, instead) => {
      const html = pageOf(body);
      const at = place % html.length;
      const { plain, any } = treesOf(html.slice(0, at) + instead + html.slice(at + cut));
      expect(plain).toEqual(any);
    }),
    RUNS,
  );
});

it.runIf(areTherePages)('makes the same trees of saved pages, of which most are plain', () => {
  const files = readdirSync(PAGES).filter((file) => file.endsWith('.html'));
  const trees = files.map((file) => treesOf(readFileSync(join(PAGES, file), 'latin1')));
  expect(trees.map(({ plain }) => plain)).toEqual(trees.map(({ any }) => any));
  expect(trees.filter(({ plain }) => plain !== undefined).length).toBeGreaterThan(files.length / 2);
});

it.runIf(areTherePages)('makes no other tree of a saved page that is damaged', () => {
  const html = readFileSync(join(PAGES, 'toscrape-page-01.html'), 'utf8');
  fc.assert(
    fc.property(fc.nat({ max: html.length }), fc.nat({ max: 30 }), piece, (at, cut, instead) => {
      const { plain, any } = treesOf(html.slice(0, at) + instead + html.slice(at + cut));
      expect(plain).toEqual(any);
    }),
    { numRuns: 100 },
  );
});
