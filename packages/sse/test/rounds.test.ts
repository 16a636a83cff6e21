import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Rounds, SLICE } from '../src/rounds.ts';

let served: string[];
let rounds: Rounds<string>;
let all: string[];

beforeEach(() => {
  vi.useFakeTimers();
  served = [];
  all = ['a', 'b'];
  rounds = new Rounds({
    all: { [Symbol.iterator]: () => all.values() },
    serve: (one) => served.push(one),
    onRound: () => served.push('round'),
    onRoundEnd: () => served.push('end'),
    onTurnEnd: () => {},
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** News in every turn, for so long. */
function announceInEveryTurn(ms: number): void {
  for (let now = 0; now <= ms; now += 1) {
    rounds.announce();
    vi.advanceTimersToNextTimer();
    vi.setSystemTime(Date.now() + 1);
  }
}

it('serves all once there is nothing more coming in', () => {
  rounds.announce();
  vi.advanceTimersToNextTimer();
  expect(served).toEqual([]);
  rounds.announce();
  vi.advanceTimersToNextTimer();
  expect(served).toEqual([]);
  vi.runAllTimers();
  expect(served).toEqual(['round', 'a', 'b', 'end']);
});

it('does not wait for long when there is always more', () => {
  announceInEveryTurn(2);
  expect(served).toEqual(['round', 'a', 'b', 'end']);
});

it('serves those that were woken at once, and nobody else', () => {
  rounds.wake('b');
  vi.runAllTimers();
  expect(served).toEqual(['b']);
});

it('lets the event loop turn between slices', () => {
  all = Array.from({ length: 2 * SLICE }, (_, index) => String(index));
  rounds.announce();
  vi.advanceTimersToNextTimer();
  vi.advanceTimersToNextTimer();
  expect(served).toHaveLength(SLICE + 1);
  rounds.wake('woken');
  vi.advanceTimersToNextTimer();
  expect(served.indexOf('woken')).toBe(SLICE + 1);
  expect(served).toHaveLength(2 * SLICE + 2);
  vi.runAllTimers();
  expect(served.at(-1)).toBe('end');
});
