import { decodeBody, jsonValuesIn, type Page, parseHtml } from '@quotewire/scraper/pages';
import { compileSelector, type Source } from '@quotewire/sources';
import type { Document, Element } from 'domhandler';
import { findNext } from './find-next.ts';
import { proposeHtml } from './propose-html.ts';
import { proposeJson } from './propose-json.ts';

/** A source without what only people know: its name, and how often it's visited. */
export type Entry = Record<string, unknown> & Pick<Source, 'kind' | 'fields'>;

/** Nothing on a page looks like quotes; the message says what to do. */
export class ProposeError extends Error {
  override readonly name = 'ProposeError';
}

const findScripts = compileSelector('script');
const findFeeds = compileSelector(
  'link[type="application/rss+xml"][href], link[type="application/atom+xml"][href]',
);

/** Proposes how a page of any kind may be read. Throws `ProposeError`, and `ExtractError` for pages that can't be parsed. */
export function propose(page: Page): Entry {
  const { text } = decodeBody(page);
  const { url } = page;
  if (/^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:rss|feed|rdf:RDF)[\s>]/s.test(text))
    return { kind: 'feed' };
  const answer = /^\s*[[{]/.test(text) ? parseJson(text) : undefined;
  if (answer !== undefined) {
    const entry = proposeJson(answer, { url });
    if (entry !== undefined) return { kind: 'json', ...entry };
    throw new ProposeError(
      `this is JSON without a list of something that has a text: write the source by hand, and try it with --source`,
    );
  }
  const document = parseHtml(text, url);
  const entry = proposeHtml(document, { url }) ?? proposeScript(document, { url });
  if (entry !== undefined) return entry;
  throw new ProposeError(`nothing on this page looks like quotes: ${advice(document, url)}`);
}

function proposeScript(document: Document, { url }: { url: string }): Entry | undefined {
  for (const script of findScripts(document)) {
    for (const value of jsonValuesIn(codeOf(script), {})) {
      const entry = proposeJson(value, { url });
      if (entry === undefined) continue;
      const next = findNext(document, { url });
      const { item, fields } = entry;
      return {
        kind: 'script',
        ...(item === undefined ? {} : { item }),
        fields,
        ...(next === undefined ? {} : { next }),
      };
    }
  }
  return undefined;
}

function advice(document: Document, url: string): string {
  const [feed] = findFeeds(document, 1);
  const href = feed?.attribs.href;
  if (href !== undefined && URL.canParse(href, url))
    return `it names a feed, try ${new URL(href, url).href}`;
  const hasScripts = findScripts(document, 1).length > 0;
  const reason = hasScripts
    ? "if a script loads them, try the address that it asks (your browser's network view shows it)"
    : 'is it the right page?';
  return `${reason}; or write the source by hand, and try it with --source`;
}

function codeOf(script: Element): string {
  return script.children.map((node) => ('data' in node ? node.data : '')).join('');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
