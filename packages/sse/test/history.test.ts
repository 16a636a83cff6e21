import { expect, it } from 'vitest';
import { BEFORE } from '../src/cursor.ts';
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

it('finds an entry by its cursor, across the holes of the log', () => {
  const history = historyOf([3, 4, 6, 9]);
  for (const [index, offset] of [3, 4, 6, 9].entries()) {
    const cursor = { offset, fingerprint: fingerprintOf(offset) };
    expect(history.locate(cursor)).toEqual({ kind: 'found', next: index + 1 });
  }
});

it('tells another log by the fingerprint', () => {
  const found = historyOf([3, 4]).locate({ offset: 3, fingerprint: 'bbbbbbbbbbbb' });
  expect(found).toEqual({ kind: 'gap', reason: 'other-log', next: 2 });
});

it('takes a cursor in a hole of the log for another log', () => {
  const found = historyOf([3, 6]).locate({ offset: 5, fingerprint: fingerprintOf(5) });
  expect(found).toMatchObject({ kind: 'gap', reason: 'other-log' });
});

it('waits for a cursor that is ahead', () => {
  expect(historyOf([3, 4]).locate({ offset: 5, fingerprint: fingerprintOf(5) })).toEqual({
    kind: 'ahead',
  });
  expect(historyOf([]).locate({ offset: 0, fingerprint: fingerprintOf(0) })).toEqual({
    kind: 'ahead',
  });
});

it('goes on from the oldest entry when a cursor has expired', () => {
  const history = historyOf(
    Array.from({ length: 5_000 }, (_, offset) => offset),
    { maxBytes: 300_000 },
  );
  const found = history.locate({ offset: 1, fingerprint: fingerprintOf(1) });
  expect(found).toEqual({ kind: 'gap', reason: 'expired', next: history.oldest });
  expect(history.oldest).toBeGreaterThan(1);
});

it('stays within its bytes, and keeps the newest', () => {
  const history = historyOf(
    Array.from({ length: 5_000 }, (_, offset) => offset),
    { maxBytes: 300_000 },
  );
  expect(history.bytes).toBeLessThanOrEqual(300_000);
  expect(history.bytes).toBeGreaterThan(200_000);
  expect(history.newestCursor.offset).toBe(4_999);
  expect(history.next).toBe(5_000);
});

it('stands before an entry with the cursor that it gives out for that', () => {
  const history = historyOf([3, 4, 6]);
  expect(history.cursorBefore(0)).toEqual({ offset: 3, fingerprint: BEFORE });
  expect(history.locate(history.cursorBefore(0))).toEqual({ kind: 'found', next: 0 });
  expect(history.locate(history.cursorBefore(2))).toEqual({ kind: 'found', next: 2 });
  expect(history.locate({ offset: 1, fingerprint: BEFORE })).toMatchObject({
    kind: 'gap',
    reason: 'expired',
  });
});

it('shows what has the same key once, and keeps the place of the other', () => {
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

it('shows a key again once its first entry is held no more', () => {
  const history = new History({ maxBytes: 600 });
  for (const offset of [1, 2, 3]) history.append(entry(offset, String(offset)));
  history.trim({ keepFrom: Infinity });
  history.append(entry(4, '1'));
  expect(history.at(history.next - 1)?.frame).toBeDefined();
});

it('counts back to the newest entries that count', () => {
  const history = historyOf([1, 2, 3, 4]);
  expect(history.indexOfNewest(2, () => true)).toBe(2);
  expect(history.indexOfNewest(1, ({ offset }) => offset < 3)).toBe(1);
  expect(history.indexOfNewest(9, () => true)).toBe(0);
  expect(history.indexOfNewest(0, () => true)).toBe(4);
});

it('keeps what is still to be read, up to as much again', () => {
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
