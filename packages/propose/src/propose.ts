import type { Page } from '@quotewire/extract';
import { decodeBody } from '@quotewire/extract/decode-body';
import { extractQuotes } from '@quotewire/extract/extract-quotes';
import { codeOf, jsonValuesIn } from '@quotewire/extract/json-in-script';
import { parseHtml } from '@quotewire/extract/parse-html';
import { collapse } from '@quotewire/extract/visible-text';
import { compileSelector, parseSource, type Source } from '@quotewire/sources';
import type { Document } from 'domhandler';
import { findNext } from './find-next.ts';
import { proposeHtml } from './propose-html.ts';
import { ProposeError } from './propose-error.ts';
import { proposeJson } from './propose-json.ts';

/** A source without the settings that only users know: its name and interval. */
export type Entry = Record<string, unknown> & Pick<Source, 'kind' | 'fields'>;

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
      `no quotes found on this page: it's JSON without a list of something that has a text; write the entry by hand`,
    );
  }
  const document = parseHtml(text, url);
  const entry =
    proposeHtml(document, { url, read: (entry) => linesOf(page, entry) }) ??
    proposeScript(document, { url });
  if (entry !== undefined) return entry;
  throw new ProposeError(`no quotes found on this page: ${advice(document, url)}`);
}

function proposeScript(document: Document, { url }: { url: string }): Entry | undefined {
  for (const script of findScripts(document)) {
    const code = codeOf(script);
    for (const value of jsonValuesIn(code, {})) {
      const entry = proposeJson(value, { url, hint: code });
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
  return `${reason}; or write the entry by hand`;
}

/** What a proposed entry finds, a line for each quote, wherever its own lines break. */
function linesOf(page: Page, entry: object): string[] {
  const whole = { name: 'proposal', url: page.url, ...entry };
  const source = parseSource(whole, { path: 'proposal', sampleSiteUrl: page.url });
  const { quotes } = extractQuotes(page, { source, scrapedAt: '' });
  return quotes.map(({ text, author, tags }) => JSON.stringify([collapse(text), author, tags]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
