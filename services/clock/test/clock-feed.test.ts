import { formatCursor, type HistoryEntry, Hub, readData } from '@quotewire/sse';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClockFeed } from '../src/clock-feed.ts';

const START_MS = Date.UTC(2026, 10, 21, 7);
const hubs: Hub[] = [];
let hub: Hub;

function createHub(): Hub {
  const created = new Hub({ historyMaxBytes: 10_000_000 });
  hubs.push(created);
  return created;
}

beforeEach(() => {
  hub = createHub();
});
afterEach(async () => {
  for (const used of hubs.splice(0)) await used.drain(0);
});

const entriesOf = ({ history }: Hub) =>
  Array.from(
    { length: history.next - history.oldest },
    (_, index) => history.at(history.oldest + index) as HistoryEntry & { frame: Buffer },
  );
const timesOf = (used: Hub) =>
  entriesOf(used).map(({ event, frame }) => [event ?? 'message', readData(frame)] as const);

it('appends the three times of each second in order', () => {
  createClockFeed(hub)(START_MS);
  expect(timesOf(hub).slice(-3)).toEqual([
    ['message', '2026-11-21T07:00:00+00:00'],
    ['est', '2026-11-21T02:00:00-05:00'],
    ['pdt', '2026-11-20T23:00:00-08:00'],
  ]);
});

it('appends the last minute at the start', () => {
  createClockFeed(hub)(START_MS);
  expect(timesOf(hub)).toHaveLength(180);
  expect(timesOf(hub)[0]).toEqual(['message', '2026-11-21T06:59:01+00:00']);
});

it('appends each second once, however irregular the calls', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3_000, max: 59_000 }), { maxLength: 6 }), (leaps) => {
      const used = createHub();
      const advanceTo = createClockFeed(used);
      let atMs = START_MS;
      let latestMs = START_MS;
      advanceTo(atMs);
      for (const leap of leaps) {
        atMs += leap;
        if (Math.abs(atMs - latestMs) >= 59_000) return;
        latestMs = Math.max(latestMs, atMs);
        advanceTo(atMs);
      }
      const seconds = timesOf(used)
        .filter(([name]) => name === 'message')
        .map(([, text]) => Date.parse(text) / 1_000);
      const first = START_MS / 1_000 - 59;
      const expected = Math.floor(latestMs / 1_000) - first + 1;
      expect(seconds).toEqual(Array.from({ length: expected }, (_, index) => first + index));
    }),
    { numRuns: 20 },
  );
});

it('gives each entry the same id after a restart', () => {
  const later = createHub();
  createClockFeed(hub)(START_MS);
  createClockFeed(later)(START_MS + 20_000);
  const cursorsOf = (used: Hub) => entriesOf(used).map((entry) => formatCursor(entry));
  expect(cursorsOf(hub).slice(60)).toEqual(cursorsOf(later).slice(0, 120));
  expect(new Set(cursorsOf(hub)).size).toBe(180);
});

it.for([
  [3_600_000, 'expired'],
  [-3_600_000, 'other-log'],
] as const)('tells of a gap when the clock leaps by %i ms', ([leapMs, reason]) => {
  const reasons: string[] = [];
  hub.interrupt = (why) => reasons.push(why);
  const advanceTo = createClockFeed(hub);
  advanceTo(START_MS);
  advanceTo(START_MS + leapMs);
  expect(reasons.slice(1)).toEqual([reason]);
  expect(Date.parse(timesOf(hub).at(-3)?.[1] ?? '')).toBe(START_MS + leapMs);
});
