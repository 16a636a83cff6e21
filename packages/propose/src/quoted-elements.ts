import { type ChildNode, type Document, type Element, isTag, isText } from 'domhandler';
import { silent } from './element-names.ts';

const OPENING = new Set('“"„«‘「『‹'.split(''));
const CLOSING = new Set('”"“»’」』›'.split(''));
const SPACE = /\s/;

/** Returns the innermost elements between quotation marks that are outside these elements. */
export function elementsInMarks(document: Document): ReadonlySet<Element> {
  const spans: { element: Element; start: number; end: number }[] = [];
  const parts: string[] = [];
  let length = 0;
  const walk = (nodes: readonly ChildNode[]): void => {
    for (const node of nodes) {
      if (isText(node)) {
        parts.push(node.data);
        length += node.data.length;
      } else if (isTag(node) && !silent.has(node.name)) {
        const start = length;
        walk(node.children);
        spans.push({ element: node, start, end: length });
      }
    }
  };
  walk(document.children);
  const text = parts.join('');
  const isBefore = (at: number): boolean => {
    let index = at - 1;
    while (index >= 0 && SPACE.test(text.charAt(index))) index -= 1;
    return OPENING.has(text.charAt(index));
  };
  const isBehind = (at: number): boolean => {
    let index = at;
    while (index < text.length && SPACE.test(text.charAt(index))) index += 1;
    return CLOSING.has(text.charAt(index));
  };
  const found = new Set<Element>();
  const holders = new Set<Element>();
  // inner elements first
  for (const { element, start, end } of spans) {
    if (holders.has(element)) holdIn(element, holders);
    else if (text.slice(start, end).trim().length > 2 && isBefore(start) && isBehind(end)) {
      found.add(element);
      holdIn(element, holders);
    }
  }
  return found;
}

function holdIn({ parent }: Element, holders: Set<Element>): void {
  if (parent !== null && isTag(parent)) holders.add(parent);
}
