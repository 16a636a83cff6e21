import type { Source } from '@quotewire/sources';

const page = 'text/html,application/xhtml+xml,*/*;q=0.1';

const accepts: Readonly<Record<NonNullable<Source['kind']>, string>> = {
  html: page,
  script: page,
  feed: 'application/rss+xml,application/atom+xml,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.1',
  json: 'application/json,*/*;q=0.1',
};

/** The `Accept` header for pages of a source: its own kind first, and whatever else the site has rather than nothing. */
export function acceptOf({ kind = 'html' }: Pick<Source, 'kind'>): string {
  return accepts[kind];
}
