import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createFilter } from '../src/filter.ts';
import { readData } from '../src/frame.ts';
import { History } from '../src/history.ts';
import { HistorySearch } from '../src/history-search.ts';

function append(history: History, offset: number): void {
  const isHidden = offset % 3 === 0;
  const tag = [offset % 2 === 0 ? 'even' : 'odd'];
  history.append({
    offset: offset * 10,
    ...(!isHidden && { event: 'n', data: `${offset}`, key: `key-${offset}`, facets: { tag } }),
  });
}

function historyOf(count: number): History {
  const history = new History({ maxBytes: 10_000_000 });
  for (let offset = 0; offset < count; offset += 1) append(history, offset);
  return history;
}

const read = (_entry: unknown, frame: Buffer) => Number(readData(frame));

it('finds the newest entries first, and continues before the last one', async () => {
  const search = new HistorySearch(historyOf(12));
  const first = await search.find({ limit: 3, read });
  expect(first.found).toEqual([11, 10, 8]);
  const second = await search.find({ limit: 3, before: first.before, read });
  expect(second.found).toEqual([7, 5, 4]);
  const third = await search.find({ limit: 3, before: second.before, read });
  expect(third).toEqual({ found: [2, 1], before: undefined });
  expect((await search.find({ limit: 2, before: 'key-5', read })).found).toEqual([4, 2]);
});

it('finds only what passes the filter and the reader', async () => {
  const search = new HistorySearch(historyOf(24));
  const filter = createFilter({ tag: ['EVEN'] });
  const above = (entry: unknown, frame: Buffer) =>
    read(entry, frame) > 8 ? read(entry, frame) : undefined;
  expect(await search.find({ limit: 10, filter, read: above })).toEqual({
    found: [22, 20, 16, 14, 10],
    before: undefined,
  });
});

it('stops at its maximum cost, and says where to continue', async () => {
  const search = new HistorySearch(historyOf(1_000), { maxCost: 500 });
  const found: number[] = [];
  let before: string | undefined;
  let searches = 0;
  do {
    const page: { found: number[]; before: string | undefined } = await search.find({
      limit: 1_000,
      before,
      read: (entry, frame) => (read(entry, frame) % 100 === 1 ? read(entry, frame) : undefined),
    });
    found.push(...page.found);
    ({ before } = page);
    searches += 1;
  } while (before !== undefined);
  expect(found).toEqual([901, 701, 601, 401, 301, 101, 1]);
  expect(searches).toBeGreaterThan(5);
});

it('reads a slice in each turn of the event loop, however many search', async () => {
  const search = new HistorySearch(historyOf(10_000));
  let inThisTurn = 0;
  let most = 0;
  const count = () => {
    inThisTurn += 1;
    most = Math.max(most, inThisTurn);
    return undefined;
  };
  const done = new AbortController();
  const turns = (async () => {
    while (!done.signal.aborted) {
      inThisTurn = 0;
      await nextTurn();
    }
  })();
  await Promise.all([1, 2, 3, 4].map(() => search.find({ limit: 1, read: count })));
  done.abort();
  await turns;
  expect(most).toBeGreaterThan(100);
  expect(most).toBeLessThan(5_000);
});

it('refuses more searches than it can run at once, and accepts new ones after that', async () => {
  const search = new HistorySearch(historyOf(10));
  const searches = Array.from({ length: 101 }, () => search.find({ limit: 1, read }));
  const results = await Promise.allSettled(searches);
  expect(results.map(({ status }) => status).filter((status) => status === 'rejected')).toEqual([
    'rejected',
  ]);
  expect(results.at(-1)).toMatchObject({ reason: { statusCode: 503 } });
  expect((await search.find({ limit: 1, read })).found).toEqual([8]);
});

it('stops when nobody waits any more', async () => {
  const search = new HistorySearch(historyOf(10_000));
  let examined = 0;
  await search.find({
    limit: 1,
    read: () => {
      examined += 1;
      return undefined;
    },
    isWanted: () => examined === 0,
  });
  expect(examined).toBeGreaterThan(0);
  expect(examined).toBeLessThan(5_000);
});

it('survives that the history is dropped meanwhile, and finds nothing before an unknown place', async () => {
  const history = historyOf(10_000);
  const search = new HistorySearch(history);
  const running = search.find({ limit: 10_000, read });
  await nextTurn();
  history.clear();
  append(history, 10_001);
  expect((await running).before).toBeUndefined();
  for (const before of ['key-4', '40-aaaaaaaaaaaa', 'nothing']) {
    expect(await search.find({ limit: 1, before, read })).toEqual({ found: [], before: undefined });
  }
});
