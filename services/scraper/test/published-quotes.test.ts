import { decodeIds, encodeIds, quoteId } from '@quotewire/events';
import { expect, it } from 'vitest';
import { PublishedQuotes } from '../src/published-quotes.ts';

const id = (text: string | number) => quoteId({ text: `quote ${text}`, author: '' });

function addMany(published: PublishedQuotes, count: number, from = 0): void {
  for (let index = from; index < from + count; index += 1) published.add({ id: id(index) });
}

it('contains ids added one by one or as a batch', () => {
  const published = new PublishedQuotes();
  published.add({ id: id('one') });
  published.addAll(decodeIds(encodeIds([id('two'), id('three')])));
  expect(['one', 'two', 'three', 'four'].map((text) => published.has(id(text)))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

it('remembers many generations of quotes, and drops the oldest', () => {
  const published = new PublishedQuotes({ generation: 10 });
  addMany(published, 1_000);
  const known = Array.from({ length: 1_000 }, (_, index) => published.has(id(index)));
  expect(known.slice(-290)).not.toContain(false);
  expect(known.slice(0, 700)).not.toContain(true);
});

it('never forgets a quote that each run finds, and refreshes its id', () => {
  const refreshed: string[] = [];
  const published = new PublishedQuotes({
    generation: 10,
    onRefresh: (known) => refreshed.push(known),
  });
  published.add({ id: id('old') });
  for (let run = 0; run < 1_000; run += 1) {
    addMany(published, 5, run * 5);
    expect(published.has(id('old'))).toBe(true);
  }
  expect(new Set(refreshed)).toEqual(new Set([id('old')]));
  expect(refreshed.length).toBeGreaterThan(10);
  expect(refreshed.length).toBeLessThan(50);
});

it("treats a run's own quotes as new to it, and not those of another run", () => {
  const published = new PublishedQuotes();
  published.add({ id: id('mine'), runId: 'run-1' });
  published.add({ id: id('yours'), runId: 'run-2' });
  expect(published.isNewsOf('run-1', id('mine'))).toBe(true);
  expect(published.isNewsOf('run-1', id('yours'))).toBe(false);
  expect(published.isNewsOf('run-1', id('new'))).toBe(true);
});

it('learns the run of a quote from the log when a batch had its id before', () => {
  const published = new PublishedQuotes();
  published.addAll(decodeIds(encodeIds([id('one')])));
  published.add({ id: id('one'), runId: 'run-1' });
  expect(published.isNewsOf('run-1', id('one'))).toBe(true);
  expect(published.hasAnyOf('run-1')).toBe(true);
});

it('remembers five million quotes', () => {
  const published = new PublishedQuotes();
  const batch = 10_000;
  const ids = Buffer.alloc(16 * batch);
  const first = Buffer.alloc(16);
  first.writeUInt32LE(1, 0);
  for (let from = 1; from <= 5_000_000; from += batch) {
    for (let index = 0; index < batch; index += 1) {
      ids.writeUInt32LE(from + index, 16 * index);
      ids.writeUInt32LE(Math.imul(from + index, 0x9e3779b1) >>> 0, 16 * index + 4);
    }
    if (from === 1) ids.copy(first, 0, 0, 16);
    published.addAll(ids);
  }
  expect(published.has(first.toString('base64url'))).toBe(true);
});

it('remembers the runs of the newest 50,000 quotes, and forgets those of twice as many', () => {
  const published = new PublishedQuotes();
  published.add({ id: id('mine'), runId: 'run-1' });
  const addOthers = (from: number) => {
    for (let index = 0; index < 50_000; index += 1) {
      published.add({ id: id(from + index), runId: 'run-2' });
    }
  };
  addOthers(100_000);
  expect(published.isNewsOf('run-1', id('mine'))).toBe(true);
  addOthers(200_000);
  expect(published.isNewsOf('run-1', id('mine'))).toBe(false);
});

it('remembers which of the newest 1,000 runs have published anything', () => {
  const published = new PublishedQuotes();
  for (let run = 0; run <= 1_000; run += 1) published.add({ id: id(run), runId: `run-${run}` });
  expect(published.hasAnyOf('run-0')).toBe(false);
  expect(published.hasAnyOf('run-1')).toBe(true);
  expect(published.hasAnyOf('run-1000')).toBe(true);
});

it('waits until a quote is read', async () => {
  const published = new PublishedQuotes();
  const both = Promise.all([published.untilRead(id('one')), published.untilRead(id('one'))]);
  published.add({ id: id('one') });
  await expect(both).resolves.toBeDefined();
  await expect(published.untilRead(id('one'))).resolves.toBeUndefined();
});

it('waits for a quote only until the deadline, and again in the next attempt', async () => {
  const published = new PublishedQuotes({ readDeadlineMs: 1 });
  const waiting = published.untilRead(id('lost'));
  await expect(waiting).rejects.toThrow("the log hasn't delivered it");
  await expect(published.untilRead(id('lost'))).rejects.toThrow("the log hasn't delivered it");
});
