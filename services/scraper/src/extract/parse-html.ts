import { type Document, Element } from 'domhandler';
import { parse } from 'parse5';
import { adapter } from 'parse5-htmlparser2-tree-adapter';
import { checkMarkup } from './check-markup.ts';

/**
 * Cheerio's tree without the namespaces of attributes, which nobody asks for and which take more
 * than half of the time that parsing takes.
 */
const leanAdapter: typeof adapter = {
  ...adapter,
  createElement(tagName, namespace, attributes) {
    const element = new Element(
      tagName,
      Object.fromEntries(attributes.map(({ name, value }) => [name, value])),
    );
    element.namespace = namespace;
    return element;
  },
  adoptAttributes(element, attributes) {
    for (const { name, value } of attributes) element.attribs[name] ??= value;
  },
};

/** Parses a page as browsers do, unless it's made to take long: then it throws an `ExtractError`. */
export function parseHtml(text: string, url: string): Document {
  checkMarkup(text, url);
  return parse(text, { treeAdapter: leanAdapter, scriptingEnabled: true });
}
