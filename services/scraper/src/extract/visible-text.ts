import { load } from 'cheerio/slim';
import { type AnyNode, hasChildren, isTag, isText, type ParentNode } from 'domhandler';

const hidden = new Set(['script', 'style', 'template']);

/** Elements that stand apart from what is before and behind them. */
const apart = new Set(
  'address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul'.split(
    ' ',
  ),
);

/** The text below a node as people see it: no scripts, line breaks as spaces, without the excluded elements. */
export function visibleText(
  root: ParentNode,
  { excluded }: { excluded?: ReadonlySet<AnyNode> } = {},
): string {
  return collapse(textBelow(root, excluded));
}

/** The text of a piece of HTML as people see it. */
export function textOfHtml(html: string): string {
  if (!/[<&]/.test(html)) return collapse(html);
  const [root] = load(html, {}, false).root().get();
  return root === undefined ? '' : visibleText(root);
}

/** One space for any white space, and none around. */
export function collapse(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function textBelow(root: ParentNode, excluded: ReadonlySet<AnyNode> | undefined): string {
  let text = '';
  for (const node of root.children) {
    if (isText(node)) text += node.data;
    else if (!hasChildren(node) || excluded?.has(node)) continue;
    else if (!isTag(node)) text += textBelow(node, excluded);
    else if (hidden.has(node.name)) continue;
    else if (apart.has(node.name)) text += ` ${textBelow(node, excluded)} `;
    else text += textBelow(node, excluded);
  }
  return text;
}
