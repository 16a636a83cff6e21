import { expect, it } from 'vitest';
import type { HistoryEntry } from '../src/entry.ts';
import { History } from '../src/history.ts';
import { NewestSearch } from '../src/newest-search.ts';

function historyOf(count: number, { maxBytes = 1_000_000 } = {}): History {
  const history = new History({ maxBytes });
  for (let offset = 0; offset < count; offset += 1) {
    history.append({ offset, fingerprint: 'aaaaaaaaaaaa', data: '' });
  }
  return history;
}

const all = () => true;

it.for<[number, (entry: HistoryEntry) => boolean, number]>([
  [2, all, 2],
  [1, ({ offset }) => offset < 2, 1],
  [9, all, 0],
  [0, all, 4],
])('finds the newest %i that count', ([count, isCounted, expected]) => {
  const search = new NewestSearch(historyOf(4), count);
  search.step({ maxEntries: 100, isCounted });
  expect(search.found).toBe(expected);
});

it('examines at most maxEntries entries in a step', () => {
  const search = new NewestSearch(historyOf(10), 1);
  let examined = 0;
  const isCounted = () => {
    examined += 1;
    return false;
  };
  for (const [done, found] of [
    [4, undefined],
    [4, undefined],
    [2, 0],
  ] as const) {
    examined = 0;
    expect(search.step({ maxEntries: 4, isCounted })).toBe(done);
    expect(examined).toBe(done);
    expect(search.found).toBe(found);
  }
});

it('ends at the oldest entry when the history drops entries during the search', () => {
  const history = historyOf(10);
  const search = new NewestSearch(history, 5);
  search.step({ maxEntries: 3, isCounted: () => false });
  history.clear();
  expect(search.found).toBe(10);
  expect(search.step({ maxEntries: 3, isCounted: all })).toBe(0);
});
