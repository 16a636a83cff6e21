import type { Source } from '@quotewire/sources';

const page = 'text/html,application/xhtml+xml,*/*;q=0.1';

const accepts: Readonly<Record<NonNullable<Source['kind']>, string>> = {
  html: page,
  script: page,
  feed: 'application/rss+xml,application/atom+xml,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.1',
  json: 'application/json,*/*;q=0.1',
};

/** Returns the `Accept` header for pages of a source: its own kind first, any other kind last. */
export function acceptOf({ kind = 'html' }: Pick<Source, 'kind'>): string {
  return accepts[kind];
}

const MAX_RETRY_AFTER_MS = 7 * 86_400_000;

/**
 * Parses a `Retry-After` header into milliseconds, at most a week; undefined for a missing or
 * malformed header.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}
