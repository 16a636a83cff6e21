import { FetchError } from '@quotewire/fetch';
import type { Source } from '@quotewire/sources';
import { expect, it } from 'vitest';
import { afterFailure, afterRun, problemWith } from '../src/health.ts';

const source: Source = {
  name: 'example',
  enabled: true,
  url: 'https://example.org/',
  intervalSeconds: 60,
  item: 'p',
  fields: { text: ':scope', author: 'b' },
  maxPages: 20,
};
const page = { quotes: [], charset: 'utf-8', isCharsetSuspect: false };

it('names an unmet expectation, and the preview', () => {
  expect(problemWith(page, { ...source, expect: { minItems: 0 } })).toBeUndefined();
  expect(problemWith(page, source)).toMatch(
    /^The first page has 0 quotes .* See POST \/sources\/example\/preview\.$/,
  );
});

it('names the charset of a page that declares another one', () => {
  const suspect = { ...page, charset: 'shift_jis', isCharsetSuspect: true };
  expect(problemWith(suspect, source)).toContain('decoded as shift_jis');
});

it.for([
  [99, 'ok'],
  [101, 'stale'],
] as const)(
  'reports after %d intervals without new quotes that a source is %s',
  ([intervals, state]) => {
    const newsAt = '2026-01-01T00:00:00.000Z';
    const nowMs = Date.parse(newsAt) + intervals * 300_000;
    const outcome = { state: 'ok', detail: '', intervalSeconds: 300, newsAt, nowMs } as const;
    expect(afterRun(outcome)).toMatchObject({ state });
  },
);

it('doubles the backoff of a host after each failed run', () => {
  const error = new FetchError('answered 503', { isTemporary: true });
  const nowMs = Date.parse('2026-01-01T00:00:00.000Z');
  const restAfter = (failedRuns: number) => {
    const known = { source: 'a', state: 'failing', since: '', detail: '', failedRuns } as const;
    const change = afterFailure(known, { error, runId: 'r', intervalSeconds: 60, nowMs });
    return change.retryAt === undefined ? undefined : (Date.parse(change.retryAt) - nowMs) / 60_000;
  };
  expect([1, 2, 3, 4, 5, 19].map(restAfter)).toEqual([undefined, 1, 2, 4, 8, 360]);
});

it('starts no backoff for a missing page', () => {
  const known = { source: 'a', state: 'failing', since: '', detail: '', failedRuns: 9 } as const;
  const error = new FetchError('answered 404', { status: 404 });
  const change = afterFailure(known, { error, runId: 'r', intervalSeconds: 60, nowMs: 0 });
  expect(change).toMatchObject({ state: 'failing', retryAt: undefined });
});
