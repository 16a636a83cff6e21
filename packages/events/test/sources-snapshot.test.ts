import { createEvent, encodeEvent } from '@quotewire/bus';
import { expect, it } from 'vitest';
import { type PublishedSource, snapshotsOf, sourcesSnapshot } from '../src/index.ts';

const at = '2026-01-01T00:00:00.000Z';
const sourceOf = (index: number, detail: string): PublishedSource => ({
  source: `source-${index}`,
  state: 'ok',
  since: at,
  detail,
  nextPage: `https://example.org/${'é'.repeat(300)}`,
  at,
  newsAt: at,
});

it('has every source once, in events that the bus accepts', () => {
  const sources = Array.from({ length: 1_000 }, (_, index) => sourceOf(index, 'Fine.'));
  const snapshots = snapshotsOf(sources);
  expect(snapshots.length).toBeGreaterThan(1);
  expect(snapshots.flatMap((snapshot) => snapshot.sources)).toEqual(sources);
  for (const snapshot of snapshots) {
    const event = createEvent(sourcesSnapshot, snapshot, { source: '/quotewire/scraper' });
    expect(encodeEvent(event).byteLength).toBeLessThanOrEqual(64 * 1024);
  }
});

it('has no event without a source', () => {
  expect(snapshotsOf([])).toEqual([]);
});
