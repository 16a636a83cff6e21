import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FanOutScheduler, SLICE, TURN_COST } from '../src/fan-out-scheduler.ts';

let served: string[];
let scheduler: FanOutScheduler<string>;
let all: string[];
let costOfOne: number;
/** The time of the monotonic clock, in ms. */
let now: number;

beforeEach(() => {
  vi.useFakeTimers();
  now = 1_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  served = [];
  all = ['a', 'b'];
  costOfOne = 0;
  scheduler = new FanOutScheduler({
    all: { [Symbol.iterator]: () => all.values() },
    serve(one) {
      served.push(one);
      return costOfOne;
    },
    onRound: () => served.push('round'),
    onRoundEnd: () => served.push('end'),
    onTurnEnd: () => {},
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Requests a round in every turn; a turn takes a millisecond. */
function announceInEveryTurn(ms: number): void {
  for (let turn = 0; turn <= ms; turn += 1) {
    scheduler.markDirty();
    vi.advanceTimersToNextTimer();
    now += 1;
  }
}

it('serves all once no more entries arrive', () => {
  scheduler.markDirty();
  vi.advanceTimersToNextTimer();
  expect(served).toEqual([]);
  scheduler.markDirty();
  vi.advanceTimersToNextTimer();
  expect(served).toEqual([]);
  vi.runAllTimers();
  expect(served).toEqual(['round', 'a', 'b', 'end']);
});

it('begins a round in bounded time while entries keep arriving', () => {
  announceInEveryTurn(2);
  expect(served).toEqual(['round', 'a', 'b', 'end']);
});

it('begins a round in the same time when the wall clock is set back', () => {
  scheduler.markDirty();
  vi.setSystemTime(0);
  announceInEveryTurn(2);
  expect(served).toEqual(['round', 'a', 'b', 'end']);
});

it('serves only scheduled subscribers in the next turn', () => {
  scheduler.schedule('b');
  vi.runAllTimers();
  expect(served).toEqual(['b']);
});

it('lets the event loop turn between slices', () => {
  all = Array.from({ length: 2 * SLICE }, (_, index) => String(index));
  scheduler.markDirty();
  vi.advanceTimersToNextTimer();
  vi.advanceTimersToNextTimer();
  expect(served).toHaveLength(SLICE + 1);
  scheduler.schedule('scheduled');
  vi.advanceTimersToNextTimer();
  expect(served.indexOf('scheduled')).toBe(SLICE + 1);
  expect(served).toHaveLength(2 * SLICE + 2);
  vi.runAllTimers();
  expect(served.at(-1)).toBe('end');
});

it('serves one slice of the scheduled subscribers in a turn, each once', () => {
  const scheduled = Array.from({ length: SLICE + 1 }, (_, index) => String(index));
  for (const one of [...scheduled, ...scheduled]) scheduler.schedule(one);
  vi.advanceTimersToNextTimer();
  expect(served).toEqual(scheduled.slice(0, SLICE));
  vi.runAllTimers();
  expect(served).toEqual(scheduled);
});

it('serves a subscriber once in a turn even if it is scheduled again', () => {
  scheduler = new FanOutScheduler({
    all: new Set<string>(),
    serve(one) {
      served.push(one);
      if (served.length <= 4) scheduler.schedule(one);
      return 0;
    },
    onRound: () => {},
    onRoundEnd: () => {},
    onTurnEnd: () => {},
  });
  scheduler.schedule('a');
  scheduler.schedule('b');
  vi.advanceTimersToNextTimer();
  expect(served).toEqual(['a', 'b']);
  vi.runAllTimers();
  expect(served).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
});

it('ends a turn at its maximum cost, for scheduled subscribers and for the round', () => {
  costOfOne = TURN_COST / 4;
  all = Array.from({ length: 10 }, (_, index) => `all ${index}`);
  for (let index = 0; index < 10; index += 1) scheduler.schedule(`scheduled ${index}`);
  scheduler.markDirty();
  vi.advanceTimersToNextTimer();
  expect(served).toHaveLength(4);
  vi.advanceTimersToNextTimer();
  expect(served.filter((one) => one.startsWith('all'))).toHaveLength(4);
  expect(served.filter((one) => one.startsWith('scheduled'))).toHaveLength(8);
  vi.runAllTimers();
  expect(served.filter((one) => one.startsWith('all'))).toEqual(all);
});
