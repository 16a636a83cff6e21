import { type Document, Element } from 'domhandler';
import { parse } from 'parse5';
import { adapter } from 'parse5-htmlparser2-tree-adapter';
import { checkMarkup } from './check-markup.ts';
import { parsePlainHtml } from './parse-plain-html.ts';

/** Builds Cheerio's tree without the namespaces of attributes, which selectors don't use. */
const leanAdapter: typeof adapter = {
  ...adapter,
  createElement(tagName, namespace, attributes) {
    const attribs: Record<string, string> = {};
    for (const { name, value } of attributes) setAttribute(attribs, { name, value });
    const element = new Element(tagName, attribs);
    element.namespace = namespace;
    return element;
  },
  adoptAttributes(element, attributes) {
    for (const { name, value } of attributes) {
      if (!Object.hasOwn(element.attribs, name)) setAttribute(element.attribs, { name, value });
    }
  },
};

function setAttribute(
  attribs: Record<string, string>,
  { name, value }: { name: string; value: string },
): void {
  // an assignment to `__proto__` sets the prototype instead of a property
  if (name === '__proto__') Object.defineProperty(attribs, name, { value, enumerable: true });
  else attribs[name] = value;
}

/** Parses a page as browsers do. Throws an `ExtractError` for markup that takes too long to parse. */
export function parseHtml(text: string, url: string): Document {
  return parsePlainHtml(text) ?? parseAnyHtml(text, url);
}

/** Parses any page with parse5, without the fast path for plain pages. */
export function parseAnyHtml(text: string, url: string): Document {
  checkMarkup(text, url);
  return parse(text, { treeAdapter: leanAdapter, scriptingEnabled: true });
}
