import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { sourceStatus } from '../src/index.ts';

const status = {
  source: 'example',
  state: 'ok',
  since: '2026-01-01T00:00:00.000Z',
  detail: 'A run came to the last page.',
};

it('accepts a status of an older scraper', () => {
  expect(Value.Check(sourceStatus.data, status)).toBe(true);
  expect(Value.Check(sourceStatus.data, { ...status, reachedEnd: true })).toBe(true);
});

it('accepts the progress of a source', () => {
  const progress = {
    reachedEnd: false,
    nextPage: 'https://example.org/page/4/',
    blockedUntil: '2026-01-01T01:00:00.000Z',
    failedRuns: 2,
    failedRunId: 'run-1',
    lastRunAt: '2026-01-01T00:00:00.000Z',
    etag: '"v1"',
    lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT',
  };
  expect(Value.Check(sourceStatus.data, { ...status, ...progress })).toBe(true);
});

it.for([
  ['nextPage', 'x'.repeat(2_084)],
  ['etag', 'x'.repeat(201)],
  ['failedRuns', -1],
] as const)('refuses a %s that is out of bounds', ([key, value]) => {
  expect(Value.Check(sourceStatus.data, { ...status, [key]: value })).toBe(false);
});
