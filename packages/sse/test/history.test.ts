import { expect, it } from 'vitest';
import { BEFORE, formatCursor } from '../src/cursor.ts';
import { readData } from '../src/frame.ts';
import { History } from '../src/history.ts';

const fingerprintOf = (offset: number) => String(offset + 1).padStart(12, 'a');
const entry = (offset: number, key?: string) => ({
  offset,
  fingerprint: fingerprintOf(offset),
  event: 'thing',
  data: JSON.stringify({ offset }),
  ...(key === undefined ? {} : { key }),
});

function historyOf(offsets: readonly number[], { maxBytes = 1_000_000 } = {}): History {
  const history = new History({ maxBytes });
  for (const offset of offsets) history.append(entry(offset));
  history.trim({ keepFrom: Infinity });
  return history;
}

it('locates a cursor across holes in the offsets', () => {
  const history = historyOf([3, 4, 6, 9]);
  for (const [index, offset] of [3, 4, 6, 9].entries()) {
    const cursor = { offset, fingerprint: fingerprintOf(offset) };
    expect(history.locate(cursor)).toEqual({ kind: 'found', next: index + 1 });
  }
});

it('computes a missing fingerprint from the data, so that other data is another log', () => {
  const historyWith = (data: string) => {
    const history = new History({ maxBytes: 1_000 });
    history.append({ offset: 3, data });
    return history;
  };
  const cursor = historyWith('one').newestCursor;
  expect(formatCursor(cursor)).toBe('3-7692c3ad3540');
  expect(historyWith('one').locate(cursor)).toEqual({ kind: 'found', next: 1 });
  expect(historyWith('two').locate(cursor)).toMatchObject({ kind: 'gap', reason: 'other-log' });
});

it('detects another log by the fingerprint', () => {
  const found = historyOf([3, 4]).locate({ offset: 3, fingerprint: 'bbbbbbbbbbbb' });
  expect(found).toEqual({ kind: 'gap', reason: 'other-log', next: 2 });
});

it('treats a cursor in a hole as one of another log', () => {
  const found = historyOf([3, 6]).locate({ offset: 5, fingerprint: fingerprintOf(5) });
  expect(found).toMatchObject({ kind: 'gap', reason: 'other-log' });
});

it('reports a cursor that is ahead', () => {
  expect(historyOf([3, 4]).locate({ offset: 5, fingerprint: fingerprintOf(5) })).toEqual({
    kind: 'ahead',
  });
  expect(historyOf([]).locate({ offset: 0, fingerprint: fingerprintOf(0) })).toEqual({
    kind: 'ahead',
  });
});

it('continues from the oldest entry when a cursor has expired', () => {
  const history = historyOf(
    Array.from({ length: 5_000 }, (_, offset) => offset),
    { maxBytes: 300_000 },
  );
  const found = history.locate({ offset: 1, fingerprint: fingerprintOf(1) });
  expect(found).toEqual({ kind: 'gap', reason: 'expired', next: history.oldest });
  expect(history.oldest).toBeGreaterThan(1);
});

it('stays within its bound and keeps the newest entries', () => {
  const history = historyOf(
    Array.from({ length: 5_000 }, (_, offset) => offset),
    { maxBytes: 300_000 },
  );
  expect(history.bytes).toBeLessThanOrEqual(300_000);
  expect(history.bytes).toBeGreaterThan(200_000);
  expect(history.newestCursor.offset).toBe(4_999);
  expect(history.next).toBe(5_000);
});

it('locates the cursor before an entry', () => {
  const history = historyOf([3, 4, 6]);
  expect(history.cursorBefore(0)).toEqual({ offset: 3, fingerprint: BEFORE });
  expect(history.locate(history.cursorBefore(0))).toEqual({ kind: 'found', next: 0 });
  expect(history.locate(history.cursorBefore(2))).toEqual({ kind: 'found', next: 2 });
  expect(history.locate({ offset: 1, fingerprint: BEFORE })).toMatchObject({
    kind: 'gap',
    reason: 'expired',
  });
});

it('shows a key once and hides the duplicate', () => {
  const history = new History({ maxBytes: 1_000_000 });
  history.append(entry(1, 'a'));
  history.append(entry(2, 'a'));
  history.append(entry(3, 'b'));
  const shown = [0, 1, 2].map((index) => history.at(index)?.frame?.toString());
  expect(shown).toEqual([
    expect.stringMatching(/^id: 1-/),
    undefined,
    expect.stringMatching(/^id: 3-/),
  ]);
  expect(history.locate({ offset: 2, fingerprint: fingerprintOf(2) })).toEqual({
    kind: 'found',
    next: 2,
  });
});

it('shows a key again once its first entry has been dropped', () => {
  const history = new History({ maxBytes: 600 });
  for (const offset of [1, 2, 3]) history.append(entry(offset, String(offset)));
  history.trim({ keepFrom: Infinity });
  history.append(entry(4, '1'));
  expect(history.at(history.next - 1)?.frame).toBeDefined();
});

it('keeps unread entries, up to twice its bound', () => {
  const history = new History({ maxBytes: 1_000 });
  for (let offset = 1; offset <= 7; offset += 1) history.append(entry(offset));
  history.trim({ keepFrom: 1 });
  expect(history.oldest).toBe(1);
  for (let offset = 8; offset <= 100; offset += 1) history.append(entry(offset));
  history.trim({ keepFrom: 1 });
  expect(history.bytes).toBeLessThanOrEqual(2_000);
  expect(history.oldest).toBeGreaterThan(1);
  history.trim({ keepFrom: Infinity });
  expect(history.bytes).toBeLessThanOrEqual(1_000);
});

it('holds at most twice its bound in a burst', () => {
  const history = new History({ maxBytes: 10_000 });
  for (let offset = 0; offset < 1_000; offset += 1) history.append(entry(offset));
  expect(history.bytes).toBeLessThanOrEqual(20_000);
  expect(history.newestCursor.offset).toBe(999);
});

it('finds the index of a key until the entry is dropped', () => {
  const history = new History({ maxBytes: 600 });
  for (const offset of [1, 2, 3]) history.append(entry(offset, `key ${offset}`));
  history.trim({ keepFrom: Infinity });
  expect(history.indexOfKey('key 3')).toBe(2);
  expect(history.indexOfKey('key 1')).toBeUndefined();
});

it('reads each frame back from its slab', () => {
  const history = new History({ maxBytes: 1_000_000 });
  const texts = Array.from({ length: 300 }, (_, index) => 'é'.repeat((index * 37) % 9_000));
  for (const [offset, data] of texts.entries()) history.append({ ...entry(offset), data });
  for (let index = history.oldest; index < history.next; index += 1) {
    expect(readData(history.at(index)?.frame ?? Buffer.of())).toBe(texts[index]);
  }
});
