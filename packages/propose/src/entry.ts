import type { ExtractedPage } from '@quotewire/extract';
import type { Entry } from './propose.ts';

const MAX_NAME_LENGTH = 63;

/** A name for a source, from its URL: `https://www.example.org/quotes` is example-org. */
export function nameFor(url: string): string {
  const plain = new URL(url).hostname.replace(/^www\./, '').replaceAll(/[^a-z0-9]+/g, '-');
  return plain.replaceAll(/^-|-$/g, '').slice(0, MAX_NAME_LENGTH);
}

/** Returns a sentence for each doubt about a proposal. */
export function notesOn(
  entry: Pick<Entry, 'kind'>,
  { quotes, nextUrl }: Pick<ExtractedPage, 'quotes' | 'nextUrl'>,
): string[] {
  const withAuthor = quotes.filter(({ author }) => author !== '').length;
  const notes: string[] = [];
  if (withAuthor === 0)
    notes.push('no author was found: these quotes would be published without one');
  else if (withAuthor < quotes.length)
    notes.push(`${quotes.length - withAuthor} of ${quotes.length} quotes have no author`);
  if (quotes.length === 1 && entry.kind !== 'feed')
    notes.push('there is one quote only: look at a page with more of them, if there is one');
  if (nextUrl === undefined && entry.kind !== 'feed')
    notes.push('no link to a next page was found: only this page would be read');
  return notes;
}
