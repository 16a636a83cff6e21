import type { Source } from '@quotewire/sources';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Plan } from '../src/plan.ts';

const DAY_MS = 86_400_000;
const MAX_SLEEP_MS = 60_000;
const sourceOf = (name: string, intervalSeconds: number): Source => ({
  name,
  enabled: true,
  url: 'https://example.org/',
  intervalSeconds,
  item: 'p',
  fields: { text: ':scope' },
  maxPages: 20,
});
const anyTime = fc.integer({ min: 1e12, max: 4e12 });
const anyInterval = fc.constantFrom(1, 7, 60, 600, 3_600, 86_400);

/** A plan with its own clock, which wakes when the plan asks for it. */
function simulate(source: Source, startMs: number) {
  const plan = new Plan([source]);
  let nowMs = startMs;
  const slots: number[] = [];
  const wake = () => {
    const known = slots.at(-1);
    const due = plan.take({ nowMs, timerIntervalSeconds: 60, lastSlotMs: () => known });
    slots.push(...due.map(({ slotMs }) => slotMs));
    return due.length;
  };
  wake();
  return {
    slots,
    set: (toMs: number) => {
      nowMs = toMs;
    },
    /** Sleeps until the plan's next wake-up; returns the number of due ticks. */
    sleep: () => {
      const sleepMs = plan.sleepMs(nowMs);
      expect(sleepMs).toBeGreaterThan(0);
      expect(sleepMs).toBeLessThanOrEqual(MAX_SLEEP_MS);
      nowMs += sleepMs;
      return wake();
    },
    now: () => nowMs,
  };
}

it('uses each slot once, in order, and skips none', () => {
  fc.assert(
    fc.property(anyTime, anyInterval, (startMs, intervalSeconds) => {
      const { slots, sleep } = simulate(sourceOf('a', intervalSeconds), startMs);
      const wakes = Math.min(5_000, 4 * Math.max(2, (intervalSeconds * 1_000) / MAX_SLEEP_MS));
      for (let n = 0; n < wakes; n += 1) sleep();
      expect(slots.length).toBeGreaterThan(1);
      const intervalMs = intervalSeconds * 1_000;
      const firstMs = slots[0] ?? Number.NaN;
      expect(slots).toEqual(slots.map((_, index) => firstMs + index * intervalMs));
    }),
    { numRuns: 30 },
  );
});

it('ticks within about three intervals and a minute after any change of the clock, and repeats no slot from then on', () => {
  fc.assert(
    fc.property(
      anyTime,
      anyInterval,
      fc.integer({ min: -40 * DAY_MS, max: 40 * DAY_MS }),
      (startMs, intervalSeconds, leapMs) => {
        const intervalMs = intervalSeconds * 1_000;
        const clock = simulate(sourceOf('a', intervalSeconds), startMs);
        const { slots, set, sleep } = clock;
        while (slots.length < 2) sleep();
        const before = slots.length;
        set((slots.at(-1) ?? 0) + leapMs);
        const setAtMs = clock.now();
        let due = 0;
        while (due === 0) {
          due = sleep();
          expect(clock.now() - setAtMs).toBeLessThanOrEqual(3.1 * intervalMs + MAX_SLEEP_MS);
        }
        expect(due).toBe(1);
        expect(new Set(slots.slice(before)).size).toBe(slots.length - before);
      },
    ),
    { numRuns: 30 },
  );
});

it('ticks once after a sleep of the machine, even if many slots have passed', () => {
  const { slots, set, sleep } = simulate(sourceOf('a', 60), 2e12);
  while (slots.length === 0) sleep();
  set(2e12 + DAY_MS);
  expect(sleep()).toBe(1);
  expect(slots.at(-1)).toBeGreaterThan(2e12 + DAY_MS - 60_000);
});

it('repeats no slot after it is renewed', () => {
  const source = sourceOf('a', 60);
  const plan = new Plan([source]);
  const given = plan.takeAll(2e12);
  expect(given).toEqual([{ source, slotMs: 2e12 }]);
  const circumstances = { timerIntervalSeconds: 60, lastSlotMs: () => undefined };
  expect(plan.take({ ...circumstances, nowMs: 2e12 + 10 })).toEqual([]);
  plan.renew();
  expect(plan.take({ ...circumstances, nowMs: 2e12 + 20 })).toEqual([]);
});

it('keeps the plan of unchanged sources when others are added and removed', () => {
  const [stays, goes, comes] = ['a', 'b', 'c'].map((name) => sourceOf(name, 3_600)) as [
    Source,
    Source,
    Source,
  ];
  const dueTimesOf = (plan: Plan, nowMs: number) => {
    const times: string[] = [];
    const endMs = nowMs + 3 * 3_600_000;
    for (let atMs = nowMs; atMs < endMs; atMs += plan.sleepMs(atMs)) {
      const due = plan.take({ nowMs: atMs, timerIntervalSeconds: 60, lastSlotMs: () => undefined });
      times.push(...due.map(({ source, slotMs }) => `${source.name} ${atMs} ${slotMs}`));
    }
    return times;
  };
  const startMs = 2e12;
  const ofA = (times: string[]) => times.filter((time) => time.startsWith('a'));
  const undisturbed = new Plan([stays, goes]);
  const edited = new Plan([stays, goes]);
  for (const plan of [undisturbed, edited]) plan.takeAll(startMs);
  edited.replace([comes, stays]);
  const times = dueTimesOf(edited, startMs);
  expect(ofA(times)).toEqual(ofA(dueTimesOf(undisturbed, startMs)));
  expect(new Set(times.map(([name]) => name))).toEqual(new Set(['a', 'c']));
});

it('repeats no slot of a source whose entry changed', () => {
  const before = sourceOf('a', 3_600);
  const plan = new Plan([before]);
  // its jitter has not passed: without the slots given out, the current slot would be due
  const startMs = 555_556 * 3_600_000 + 1;
  const [given] = plan.takeAll(startMs);
  const after = { ...before, maxPages: 3 };
  plan.replace([after]);
  const circumstances = { timerIntervalSeconds: 60, lastSlotMs: () => undefined };
  const endMs = startMs + 2 * 3_600_000;
  const slots: number[] = [];
  for (let nowMs = startMs; nowMs < endMs; nowMs += plan.sleepMs(nowMs)) {
    for (const { source, slotMs } of plan.take({ nowMs, ...circumstances })) {
      expect(source).toBe(after);
      slots.push(slotMs);
    }
  }
  expect(slots.length).toBeGreaterThan(0);
  expect(Math.min(...slots)).toBeGreaterThan(given?.slotMs ?? Infinity);
});
