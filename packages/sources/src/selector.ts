import { _compileToken as compileToken } from 'css-select';
import { parse, SelectorType, type Selector as Token } from 'css-what';
import { type ChildNode, Element, isTag, type ParentNode } from 'domhandler';

/** Finds elements below a node in document order, at most `limit` (default: all). */
export type Finder = (root: ParentNode, limit?: number) => Element[];

const scope: Token = {
  type: SelectorType.Pseudo,
  name: 'scope',
  data: null,
};

/**
 * Compiles a CSS selector once for many nodes. `:scope` is the node itself; a selector that begins
 * with `>`, `+` or `~` is relative to the node. With `isXml` names are case-sensitive, and
 * `dc|creator` is the element `dc:creator`. Throws an `Error` that names the fault.
 */
export function compileSelector(text: string, { isXml = false } = {}): Finder {
  // compiling mutates the parts
  const partsOf = () => parse(text).map((part) => (isXml ? withPrefixes(part) : part));
  const inDocument = compileToken<ChildNode, Element>(partsOf(), { xmlMode: isXml });
  const parts = partsOf().map(relativeToScope);
  const isForScope = parts.some((part) => part.some(isScope) && !part.some(isCombinator));
  const isForSiblings = parts.some(
    ([first, second]) =>
      isScope(first) &&
      (second?.type === SelectorType.Adjacent || second?.type === SelectorType.Sibling),
  );
  // `:scope` reads this list at each test, and a cached result would belong to another scope
  const context: [Element] = [new Element('scope', {})];
  const inElement = compileToken<ChildNode, Element>(
    parts,
    { xmlMode: isXml, relativeSelector: false, cacheResults: false },
    context,
  );
  return (root, limit = Infinity) => {
    const found: Element[] = [];
    if (!isTag(root)) {
      collect(root.children, { test: inDocument, found, limit });
      return found;
    }
    context[0] = root;
    const search = { test: inElement, found, limit };
    if (isForScope && inElement(root)) found.push(root);
    collect(root.children, search);
    if (isForSiblings) collect(siblingsAfter(root), search);
    return found;
  };
}

/** Makes a part with a combinator relative to the scope. */
function relativeToScope(part: Token[]): Token[] {
  const [first] = part;
  if (first !== undefined && isCombinator(first)) return [scope, ...part];
  if (part.some(isScope) || !part.some(isCombinator)) return part;
  return [scope, { type: SelectorType.Descendant }, ...part];
}

function withPrefixes(part: Token[]): Token[] {
  return part.map((token) =>
    token.type === SelectorType.Tag && token.namespace
      ? { ...token, name: `${token.namespace}:${token.name}`, namespace: null }
      : token,
  );
}

function isScope(token: Token | undefined): boolean {
  return token?.type === SelectorType.Pseudo && token.name === 'scope';
}

function isCombinator({ type }: Token): boolean {
  return (
    type === SelectorType.Descendant ||
    type === SelectorType.Child ||
    type === SelectorType.Adjacent ||
    type === SelectorType.Sibling
  );
}

interface Search {
  test: (element: Element) => boolean;
  found: Element[];
  limit: number;
}

function collect(nodes: readonly ChildNode[], search: Search): void {
  for (const node of nodes) {
    if (search.found.length >= search.limit) return;
    if (!isTag(node)) continue;
    if (search.test(node)) search.found.push(node);
    collect(node.children, search);
  }
}

function siblingsAfter(root: Element): ChildNode[] {
  const siblings = root.parent?.children ?? [];
  return siblings.slice(siblings.indexOf(root) + 1);
}
