import { load } from 'cheerio/slim';
import {
  type AnyNode,
  type ChildNode,
  hasChildren,
  isTag,
  isText,
  type ParentNode,
} from 'domhandler';
import { checkMarkup } from './check-markup.ts';

/** n.b. with scripting enabled, the last four contain raw text: markup that browsers don't render. */
const hidden = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'iframe',
  'noembed',
  'noframes',
]);

// oxlint-disable-next-line eslint/no-control-regex -- control characters are removed
const CONTROLS = /[\0-\x08\x0e-\x1f\x7f-\x9f]/g;

/** Elements that are separated from the text around them. */
const apart = new Set(
  'address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul'.split(
    ' ',
  ),
);

/** Of these, the elements with an empty line before and after them. */
const paragraphs = new Set('blockquote dl h1 h2 h3 h4 h5 h6 ol p pre table ul'.split(' '));
const cells = new Set(['td', 'th']);

// the page's own control characters are removed before these are inserted
const EDGE = '\x01';
const PARAGRAPH = '\x02';
// oxlint-disable-next-line eslint/no-control-regex -- they stand for edges of elements
const BREAKS = /[ \x01\x02]*[\x01\x02\n][\s\x01\x02]*/g;
// oxlint-disable-next-line eslint/no-control-regex -- they stand for edges of elements
const EMPTY_LINE = /\x02|[\n\x01] *\n/;

/** The visible text of a node: without scripts and excluded elements, with line breaks as spaces unless `hasLines`. */
export function visibleText(
  root: ParentNode,
  { excluded, hasLines = false }: { excluded?: ReadonlySet<AnyNode>; hasLines?: boolean } = {},
): string {
  if (!hasLines) return collapse(textBelow(root, excluded));
  const text = linesBelow(root, { excluded, isPre: isTag(root) && root.name === 'pre' });
  return collapseLines(
    text.replaceAll(BREAKS, (breaks) => (EMPTY_LINE.test(breaks) ? '\n\n' : '\n')),
  );
}

/** The visible text of an HTML fragment. Throws an `ExtractError` if the fragment is nested too deep. */
export function textOfHtml(html: string, { hasLines = false } = {}): string {
  if (!/[<&]/.test(html)) return collapse(html);
  checkMarkup(html, 'a value that is HTML');
  const [root] = load(html, {}, false).root().get();
  return root === undefined ? '' : visibleText(root, { hasLines });
}

/** Collapses white space, trims, removes control characters and replaces lone surrogates. */
export function collapse(text: string): string {
  return text
    .replaceAll(/[\s\x85]+/g, ' ')
    .replaceAll(CONTROLS, '')
    .toWellFormed()
    .trim();
}

/** Collapses each line, keeps at most one empty line in a row, and trims. */
export function collapseLines(text: string): string {
  return text
    .split(/\r\n|[\n\v\f\r\x85\u2028\u2029]/)
    .map(collapse)
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

/** The text of a node without hidden and excluded elements. */
export function textBelow(root: ParentNode, excluded?: ReadonlySet<AnyNode>): string {
  let text = '';
  for (const node of root.children) {
    if (isText(node)) text += node.data;
    else if (!isSeen(node, excluded)) continue;
    else if (isTag(node) && apart.has(node.name)) text += ` ${textBelow(node, excluded)} `;
    else text += textBelow(node, excluded);
  }
  return text;
}

function linesBelow(
  root: ParentNode,
  { excluded, isPre }: { excluded: ReadonlySet<AnyNode> | undefined; isPre: boolean },
): string {
  let text = '';
  for (const node of root.children) {
    if (isText(node))
      text += isPre ? node.data.replaceAll(CONTROLS, '') : collapseWithin(node.data);
    else if (!isSeen(node, excluded)) continue;
    else if (!isTag(node)) text += linesBelow(node, { excluded, isPre });
    else if (node.name === 'br') text += '\n';
    else {
      const within = linesBelow(node, { excluded, isPre: isPre || node.name === 'pre' });
      const edge = edgeOf(node.name);
      text += edge + within + edge;
    }
  }
  return text;
}

function collapseWithin(text: string): string {
  return text.replaceAll(/[\s\x85]+/g, ' ').replaceAll(CONTROLS, '');
}

function edgeOf(name: string): string {
  if (paragraphs.has(name)) return PARAGRAPH;
  if (cells.has(name)) return ' ';
  return apart.has(name) ? EDGE : '';
}

function isSeen(
  node: ChildNode,
  excluded: ReadonlySet<AnyNode> | undefined,
): node is Extract<ChildNode, ParentNode> {
  return hasChildren(node) && !excluded?.has(node) && !(isTag(node) && hidden.has(node.name));
}
