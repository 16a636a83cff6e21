import type { Source } from '@quotewire/sources';
import { expect, it } from 'vitest';
import { afterRun, problemWith } from '../src/health.ts';

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

it('names what a page lacks, and where to look', () => {
  expect(problemWith(page, { ...source, expect: { minItems: 0 } })).toBeUndefined();
  expect(problemWith(page, source)).toMatch(
    /^The first page has 0 quotes .* See POST \/sources\/example\/preview\.$/,
  );
});

it('names the charset of a page that is in another than it says', () => {
  const suspect = { ...page, charset: 'shift_jis', isCharsetSuspect: true };
  expect(problemWith(suspect, source)).toContain('read as shift_jis');
});

it.for([
  [99, 'ok'],
  [101, 'stale'],
] as const)('says after %d intervals without news that a source is %s', ([intervals, state]) => {
  const newsAt = '2026-01-01T00:00:00.000Z';
  const nowMs = Date.parse(newsAt) + intervals * 60_000;
  const outcome = { state: 'ok', detail: '', source, newsAt, nowMs } as const;
  expect(afterRun(undefined, outcome)).toMatchObject({ state });
});

it('has a source be broken whose later pages are well, and be well when it was failing', () => {
  const known = { source: 'example', state: 'broken', since: '', detail: 'no authors' } as const;
  const outcome = { state: 'ok', detail: '', source, newsAt: undefined, nowMs: 0 } as const;
  expect(afterRun(known, outcome)).toMatchObject({ state: 'broken', detail: 'no authors' });
  expect(afterRun({ ...known, state: 'failing' }, outcome)).toMatchObject({ state: 'ok' });
});
