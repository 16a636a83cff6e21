import { expect, it } from 'vitest';
import { createFilter, NO_FILTER } from '../src/filter.ts';
import { History } from '../src/history.ts';
import { FilteredHistory } from '../src/filtered-history.ts';

const fingerprint = 'aaaaaaaaaaaa';

function historyOf(count: number, { tag = 'x', bytes = 1 } = {}): History {
  const history = new History({ maxBytes: 100_000_000 });
  for (let offset = 0; offset < count; offset += 1) {
    history.append({ offset, fingerprint, data: 'd'.repeat(bytes), facets: { tag: [tag] } });
  }
  return history;
}

const idsIn = (frames: Buffer | undefined) => frames?.toString().match(/^id: \d+/gm);

it('reads all entries in one batch, encoded once as an HTTP chunk', () => {
  const filtered = new FilteredHistory({ filter: NO_FILTER, history: historyOf(3) });
  const { batch, next, hasMore } = filtered.readFrom(1);
  expect({ next, hasMore }).toEqual({ next: 3, hasMore: false });
  expect(idsIn(batch?.frames)).toEqual(['id: 1', 'id: 2']);
  const { byteLength } = batch?.frames ?? Buffer.of();
  const chunk = `${byteLength.toString(16)}\r\n${batch?.frames.toString()}\r\n`;
  expect(batch?.chunk.toString()).toBe(chunk);
});

it('shares the batch of an index until it is forgotten', () => {
  const history = historyOf(3);
  const filtered = new FilteredHistory({ filter: NO_FILTER, history });
  const { batch } = filtered.readFrom(1);
  expect(filtered.readFrom(1).batch).toBe(batch);
  history.append({ offset: 3, fingerprint, data: '' });
  filtered.forget();
  expect(filtered.readFrom(1).next).toBe(4);
});

it('splits a long history into batches', () => {
  const filtered = new FilteredHistory({
    filter: NO_FILTER,
    history: historyOf(10, { bytes: 30_000 }),
  });
  const ids: string[] = [];
  let next = 0;
  for (let hasMore = true; hasMore;) {
    const read = filtered.readFrom(next);
    expect(read.batch?.frames.byteLength).toBeLessThan(100_000);
    ids.push(...(idsIn(read.batch?.frames) ?? []));
    ({ next, hasMore } = read);
  }
  expect(ids).toEqual(Array.from({ length: 10 }, (_, offset) => `id: ${offset}`));
});

it('examines a few thousand entries at a time for a selective filter', () => {
  const filter = createFilter({ tag: ['y'] });
  const filtered = new FilteredHistory({ filter, history: historyOf(12_000) });
  const first = filtered.readFrom(0);
  expect(first).toMatchObject({ batch: undefined, hasMore: true });
  expect(first.next).toBeLessThan(12_000);
});

it('examines fewer entries at a time for a filter of more values', () => {
  const tag = Array.from({ length: 20 }, (_, index) => `y${index}`);
  const filtered = new FilteredHistory({
    filter: createFilter({ tag }),
    history: historyOf(12_000),
  });
  const { next, cost } = filtered.readFrom(0);
  expect(next).toBeLessThan(300);
  expect(cost).toBeGreaterThan(next * 20);
  expect(filtered.readFrom(0).cost).toBe(0);
});

it('keeps the batches of a bounded number of indexes', () => {
  const filtered = new FilteredHistory({ filter: NO_FILTER, history: historyOf(20) });
  const batchesOf = () => Array.from({ length: 20 }, (_, index) => filtered.readFrom(index).batch);
  const again = batchesOf();
  const kept = batchesOf().filter((batch, index) => batch === again[index]);
  expect(kept).toHaveLength(8);
});

it('joins the frames of adjacent and of separate entries', () => {
  const history = new History({ maxBytes: 100_000_000 });
  const tags = ['x', 'x', 'y', 'x', 'y', 'y', 'x'];
  for (const [offset, tag] of tags.entries()) {
    history.append({ offset, fingerprint, data: '', facets: { tag: [tag] } });
  }
  const filtered = new FilteredHistory({ filter: createFilter({ tag: ['x'] }), history });
  expect(idsIn(filtered.readFrom(0).batch?.frames)).toEqual(['id: 0', 'id: 1', 'id: 3', 'id: 6']);
});

it('sends comments and hidden entries to those who ask for the log in full, and the same frames to others', () => {
  const history = new History({ maxBytes: 1_000_000 });
  for (const [offset, comment] of ['one', undefined, 'two\nlines'].entries()) {
    history.append({ offset, fingerprint, data: 'd', ...(comment && { comment }) });
  }
  history.append({ offset: 3, fingerprint });
  const read = (inFull: boolean) =>
    new FilteredHistory({ filter: NO_FILTER, history, inFull }).readFrom(0).batch?.frames;
  const [first, second, third] = [0, 1, 2].map(
    (offset) => `id: ${offset}-${fingerprint}\ndata: d\n\n`,
  );
  const hidden = `id: 3-${fingerprint}\nevent: hidden\ndata: {}\n\n`;
  expect(read(false)?.toString()).toBe(`${first}${second}${third}`);
  expect(read(true)?.toString()).toBe(`: one\n${first}${second}: two\n: lines\n${third}${hidden}`);
});
