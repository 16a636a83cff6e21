import { type Quote, quoteId } from '@quotewire/events';
import { expect, it } from 'vitest';
import { afterRun, problemWith } from '../src/health.ts';
import type { ScrapedSource } from '../src/scraped-source.ts';

const source: ScrapedSource = {
  name: 'example',
  enabled: true,
  url: 'https://example.org/',
  intervalSeconds: 60,
  item: 'p',
  fields: { text: ':scope', author: 'b' },
  maxPages: 20,
};
const quote = (text: string, author = 'A'): Quote => ({
  id: quoteId({ text, author }),
  text,
  author,
  tags: [],
  source: 'example',
  url: source.url,
  scrapedAt: '2026-01-01T00:00:00.000Z',
});

it('finds nothing wrong with a page that is as expected', () => {
  expect(problemWith({ quotes: [quote('one'), quote('two')] }, source)).toBeUndefined();
});

it.for([
  ['without quotes', [], {}, 'has 0 quotes, and should have 1'],
  ['with fewer than expected', [quote('one')], { minItems: 2 }, 'has 1 quotes, and should have 2'],
  ['without authors', [quote('a', ''), quote('b', ''), quote('c')], {}, 'Only 1 of 3 quotes'],
  ['in another charset than it says', [quote('caf\uFFFD')], {}, 'charset'],
] as const)('names what is wrong with a page %s', ([, quotes, expectation, problem]) => {
  expect(problemWith({ quotes }, { ...source, expect: expectation })).toContain(problem);
});

it('misses no authors where none are looked for', () => {
  const { author: _, ...fields } = source.fields;
  expect(problemWith({ quotes: [quote('a', '')] }, { ...source, fields })).toBeUndefined();
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
