import type { ExtractedPage } from '@quotewire/scraper/pages';
import type { Entry } from './propose.ts';

/** What people should know of a proposal before they take it, a sentence each. */
export function notesOn(entry: Entry, { quotes, nextUrl }: ExtractedPage): string[] {
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
