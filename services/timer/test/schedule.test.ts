import type { Source } from '@quotewire/sources';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextRun, nextSlot } from '../src/schedule.ts';

const source: Source = {
  name: 'example',
  enabled: true,
  url: 'https://example.org/',
  intervalSeconds: 600,
  item: 'p',
  fields: { text: ':scope' },
  maxPages: 20,
};
const INTERVAL_MS = 600_000;
const MAX_LATE_MS = INTERVAL_MS / 10;
const anyTime = fc.integer({ min: 1e12, max: 4e12 });
const runAt = (nowMs: number, settings: Partial<Source> = {}, lastSlotMs = 0) =>
  nextRun({ ...source, ...settings } as Source, { nowMs, timerIntervalSeconds: 60, lastSlotMs });

it('is due at the next multiple of the interval, which is never now', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 4e12 }),
      fc.integer({ min: 1_000, max: 86_400_000 }),
      (now, interval) => {
        const slot = nextSlot(now, interval);
        expect(slot % interval).toBe(0);
        expect(slot).toBeGreaterThan(now);
        expect(slot - now).toBeLessThanOrEqual(interval);
      },
    ),
  );
});

it('begins after its slot, late by a tenth of the interval at most, and never now', () => {
  fc.assert(
    fc.property(anyTime, (now) => {
      const { slotMs, dueMs } = runAt(now);
      expect(slotMs % INTERVAL_MS).toBe(0);
      expect(dueMs).toBeGreaterThan(now);
      expect(dueMs - slotMs).toBeGreaterThanOrEqual(0);
      expect(dueMs - slotMs).toBeLessThan(MAX_LATE_MS);
    }),
  );
});

it('is the same run for all who ask until it begins', () => {
  fc.assert(
    fc.property(anyTime, fc.double({ min: 0, max: 0.999, noNaN: true }), (now, share) => {
      const run = runAt(now);
      const later = Math.floor(now + (run.dueMs - now) * share);
      expect(runAt(later)).toEqual(run);
      expect(runAt(run.dueMs).slotMs).toBe(run.slotMs + INTERVAL_MS);
    }),
  );
});

it('uses no slot again that was used, by a clock that is ahead or at the start', () => {
  fc.assert(
    fc.property(anyTime, fc.nat({ max: 3 * INTERVAL_MS }), (now, ahead) => {
      expect(runAt(now, {}, now + ahead).slotMs).toBeGreaterThan(now + ahead);
    }),
  );
});

it('spreads the sources of one slot, and the slots of one source', () => {
  const late = ({ slotMs, dueMs }: ReturnType<typeof runAt>) => dueMs - slotMs;
  const names = Array.from({ length: 50 }, (_, index) => late(runAt(2e12, { name: `s-${index}` })));
  const slots = Array.from({ length: 50 }, (_, index) => late(runAt(2e12 + index * INTERVAL_MS)));
  expect(new Set(names).size).toBeGreaterThan(40);
  expect(new Set(slots).size).toBeGreaterThan(40);
});

it('begins with its slot where the source wants that', () => {
  expect(runAt(2e12, { jitter: 0 })).toMatchObject({ dueMs: nextSlot(2e12, INTERVAL_MS) });
});
