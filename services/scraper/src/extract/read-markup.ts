import type { SourceOf } from '@quotewire/sources';
import { compileSelector } from '@quotewire/sources/selector';
import { load } from 'cheerio/slim';
import { type Document, type Element, isTag } from 'domhandler';
import { checkMarkup } from './check-markup.ts';
import { ExtractError } from './extract-error.ts';
import { compileMarkupFields } from './markup-fields.ts';
import { compileNextLink } from './next-link.ts';
import { type PageReader, readItems } from './page-reader.ts';
import { parseHtml } from './parse-html.ts';

const feedFields = {
  text: { selector: ['> content|encoded', '> content', '> description', '> summary', '> title'] },
  author: { selector: ['> author > name', '> dc|creator', '> author'] },
  tags: [{ selector: '> category', attribute: 'term' }, '> category'],
};

/** Reads pages as browsers do. */
export function compileHtml(source: SourceOf<'html'>): PageReader {
  const findItems = compileSelector(source.item);
  const readers = compileMarkupFields(source.fields, { isXml: false });
  const nextOf = compileNextLink(source.next);
  return ({ url, text }) => {
    const document = parseHtml(text, url);
    const read = readItems(findItems(document), { readers, maxItems: source.maxItems });
    return { ...read, nextUrl: nextOf(document, { pageUrl: url, itemCount: read.itemCount }) };
  };
}

/** Reads RSS (0.9 to 2.0) and Atom. */
export function compileFeed(source: SourceOf<'feed'>): PageReader {
  const findItems = compileSelector(source.item ?? 'item, entry', { isXml: true });
  const readers = compileMarkupFields({ ...feedFields, ...source.fields }, { isXml: true });
  const nextOf = compileNextLink(source.next, { isXml: true });
  return ({ url, text }) => {
    checkMarkup(text, url);
    // n.b. this parser knows no entities but XML's own, so that none can grow
    const document = documentOf(load(text, { xml: true }).root().get());
    const root = document.children.find(isTag)?.name;
    if (root === undefined || !['rss', 'feed', 'rdf:RDF'].includes(root)) {
      throw new ExtractError(
        `${url} is no feed, it begins with <${root ?? 'nothing'}>: look for the feed's own address, or leave out "kind" for a page`,
        { code: 'not-a-feed' },
      );
    }
    const read = readItems(findItems(document), { readers, maxItems: source.maxItems });
    return { ...read, nextUrl: nextOf(document, { pageUrl: url, itemCount: read.itemCount }) };
  };
}

function documentOf([root]: readonly (Document | Element)[]): Document {
  return root as Document;
}
