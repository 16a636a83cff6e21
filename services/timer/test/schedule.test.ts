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

it('begins after its slot, at most a tenth of the interval later, and never now', () => {
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

it('plans the same run at any time until it begins', () => {
  fc.assert(
    fc.property(anyTime, fc.double({ min: 0, max: 0.999, noNaN: true }), (now, share) => {
      const run = runAt(now);
      const later = Math.floor(now + (run.dueMs - now) * share);
      expect(runAt(later)).toEqual(run);
      expect(runAt(run.dueMs).slotMs).toBe(run.slotMs + INTERVAL_MS);
    }),
  );
});

it('repeats no used slot after a start or with a clock that is ahead', () => {
  fc.assert(
    fc.property(anyTime, fc.nat({ max: 2 * INTERVAL_MS }), (now, ahead) => {
      expect(runAt(now, {}, now + ahead).slotMs).toBeGreaterThan(now + ahead);
    }),
  );
});

it('ignores a last slot that came from a wrong clock', () => {
  fc.assert(
    fc.property(anyTime, fc.integer({ min: 1, max: 1e12 }), (now, ahead) => {
      expect(runAt(now, {}, now + 2 * INTERVAL_MS + ahead)).toEqual(runAt(now));
    }),
  );
});

it('is due since its slot when that was missed, but not without a last slot', () => {
  fc.assert(
    fc.property(anyTime, fc.integer({ min: 1, max: 1e11 }), (now, ago) => {
      const slotMs = Math.floor(now / INTERVAL_MS) * INTERVAL_MS;
      const missed = runAt(now, {}, slotMs - ago);
      expect(missed.slotMs).toBe(slotMs);
      expect(missed.dueMs).toBeLessThan(slotMs + MAX_LATE_MS);
      expect(runAt(now, {}, slotMs).slotMs).toBe(slotMs + INTERVAL_MS);
      expect(runAt(now).dueMs).toBeGreaterThan(now);
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

it('begins at its slot for a source without jitter', () => {
  expect(runAt(2e12, { jitter: 0 })).toMatchObject({ dueMs: nextSlot(2e12, INTERVAL_MS) });
});
