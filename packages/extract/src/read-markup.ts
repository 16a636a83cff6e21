import type { SourceOf } from '@quotewire/sources';
import { compileSelector } from '@quotewire/sources/selector';
import { load } from 'cheerio/slim';
import { type Document, type Element, isTag } from 'domhandler';
import { checkMarkup } from './check-markup.ts';
import { ExtractError } from './extract-error.ts';
import { compileMarkupFields } from './markup-fields.ts';
import { baseUrlOf, compileNextLink } from './next-link.ts';
import { type PageReader, readItems } from './page-reader.ts';
import { parseHtml } from './parse-html.ts';

const feedFields = {
  text: { selector: ['> content|encoded', '> content', '> description', '> summary', '> title'] },
  author: { selector: ['> author > name', '> dc|creator', '> author'] },
  tags: [{ selector: '> category', attribute: 'term' }, '> category'],
  title: '> title',
  // n.b. RSS has the URL in the element's text, Atom in its href
  link: {
    selector: ['> link[rel="alternate"]', '> link:not([rel])', '> guid[isPermaLink="true"]'],
  },
  publishedAt: { selector: ['> pubDate', '> published', '> dc|date', '> updated'] },
  image: {
    selector: [
      '> media|content[medium="image"], > media|content[type^="image/"]',
      '> media|group > media|content[medium="image"], > media|group > media|content[type^="image/"]',
      '> media|thumbnail, > media|group > media|thumbnail',
      '> enclosure[type^="image/"], > link[rel="enclosure"][type^="image/"]',
    ],
  },
};

/** Compiles a source of HTML pages. */
export function compileHtml(source: SourceOf<'html'>): PageReader {
  const findItems = compileSelector(source.item);
  const readers = compileMarkupFields(source.fields, { isXml: false });
  const nextOf = compileNextLink(source.next);
  return ({ url, text }) => {
    const document = parseHtml(text, url);
    const read = readItems(findItems(document), {
      readers,
      baseUrl: baseUrlOf(document, url),
      maxItems: source.maxItems,
    });
    return { ...read, ...nextOf(document, { pageUrl: url, itemCount: read.itemCount }) };
  };
}

/** Compiles a source of RSS (0.9 to 2.0) or Atom. */
export function compileFeed(source: SourceOf<'feed'>): PageReader {
  const findItems = compileSelector(source.item ?? 'item, entry', { isXml: true });
  const readers = compileMarkupFields({ ...feedFields, ...source.fields }, { isXml: true });
  const nextOf = compileNextLink(source.next, { isXml: true });
  return ({ url, text }) => {
    checkMarkup(text, url);
    // n.b. this parser knows only XML's predefined entities, so entities can't expand
    const document = documentOf(load(text, { xml: true }).root().get());
    const root = document.children.find(isTag)?.name;
    if (root === undefined || !['rss', 'feed', 'rdf:RDF'].includes(root)) {
      throw new ExtractError(
        `${url} is no feed, it begins with <${root ?? 'nothing'}>: set the feed's own url, or remove "kind" for a page`,
        { code: 'not-a-feed' },
      );
    }
    const read = readItems(findItems(document), {
      readers,
      baseUrl: url,
      maxItems: source.maxItems,
    });
    return { ...read, ...nextOf(document, { pageUrl: url, itemCount: read.itemCount }) };
  };
}

function documentOf([root]: readonly (Document | Element)[]): Document {
  return root as Document;
}
