import { decodeIds, MAX_BATCH_IDS, quoteId } from '@quotewire/events';
import { expect, it } from 'vitest';
import { UncoveredEntries } from '../src/uncovered-entries.ts';

const positionOf = (offset: number) => ({ offset, fingerprint: '0123456789ab' });
const idOf = (offset: number) => quoteId({ text: `quote ${offset}`, author: '' });

/** Entries with holes in their offsets, like those of a stream. */
function addEntries(uncovered: UncoveredEntries, from: number, count: number): void {
  for (let index = from; index < from + count; index += 1) {
    const id = index % 3 === 0 ? undefined : idOf(index);
    uncovered.add(positionOf(index * 2), { id, atMs: index });
  }
}

it('returns the ids and the last position of its oldest entries', () => {
  const uncovered = new UncoveredEntries();
  addEntries(uncovered, 0, MAX_BATCH_IDS + 10);
  const next = uncovered.next({ keep: 0 });
  expect(next?.upTo).toEqual(positionOf((MAX_BATCH_IDS - 1) * 2));
  const ids = decodeIds(next?.ids ?? '');
  expect(ids.toString('base64url', 0, 16)).toBe(idOf(1));
  expect(ids.byteLength / 16).toBe(Math.floor((MAX_BATCH_IDS * 2) / 3));
});

it('returns nothing while too few entries would remain', () => {
  const uncovered = new UncoveredEntries();
  addEntries(uncovered, 0, MAX_BATCH_IDS + 99);
  expect(uncovered.next({ keep: 100 })).toBeUndefined();
  addEntries(uncovered, MAX_BATCH_IDS + 99, 1);
  expect(uncovered.next({ keep: 100 })).toBeDefined();
});

it.for([0, 1, MAX_BATCH_IDS - 1, MAX_BATCH_IDS, MAX_BATCH_IDS + 1, 3 * MAX_BATCH_IDS - 1])(
  "counts the rest when another replica's batch covers up to entry %d",
  (last) => {
    const uncovered = new UncoveredEntries();
    const count = 3 * MAX_BATCH_IDS + 7;
    addEntries(uncovered, 0, count);
    uncovered.cover(last * 2);
    expect(uncovered.size).toBe(count - 1 - last);
  },
);

it('loses no entry when batches end within a chunk', () => {
  const uncovered = new UncoveredEntries();
  addEntries(uncovered, 0, MAX_BATCH_IDS - 5);
  uncovered.cover(1_000);
  addEntries(uncovered, MAX_BATCH_IDS - 5, MAX_BATCH_IDS);
  expect(uncovered.size).toBe(2 * MAX_BATCH_IDS - 5 - 501);
  const next = uncovered.next({ keep: 0 });
  expect(next?.upTo).toEqual(positionOf((MAX_BATCH_IDS - 1) * 2));
  expect(Buffer.from(next?.ids ?? '', 'base64').includes(Buffer.from(idOf(502), 'base64url'))).toBe(
    true,
  );
});

it('skips entries that a batch covers before they are read', () => {
  const uncovered = new UncoveredEntries();
  uncovered.cover(MAX_BATCH_IDS * 2);
  addEntries(uncovered, 0, MAX_BATCH_IDS + 2);
  expect(uncovered.size).toBe(1);
  expect(uncovered.next({ keep: 0 })).toBeUndefined();
});

it('stops at a limit of memory', () => {
  const uncovered = new UncoveredEntries();
  for (let offset = 0; offset < 1_100_000; offset += 1) {
    uncovered.add(positionOf(offset), { atMs: offset });
  }
  expect(uncovered.isFull).toBe(true);
  expect(uncovered.size).toBe(1_000_000);
});

it('makes a batch of old entries alone, once there are enough', () => {
  const uncovered = new UncoveredEntries();
  addEntries(uncovered, 0, 1_000);
  uncovered.sealOld({ beforeMs: 249 });
  expect(uncovered.hasOld).toBe(false);
  expect(uncovered.next({ keep: 1_000 })).toBeUndefined();
  uncovered.sealOld({ beforeMs: 600 });
  expect(uncovered.hasOld).toBe(true);
  const next = uncovered.next({ keep: 1_000 });
  expect(next?.upTo).toEqual(positionOf(599 * 2));
  expect(decodeIds(next?.ids ?? '').byteLength / 16).toBe(400);
  uncovered.cover(599 * 2);
  expect([uncovered.size, uncovered.hasOld]).toEqual([400, false]);
  uncovered.sealOld({ beforeMs: 2_000 });
  expect(uncovered.next({ keep: 0 })?.upTo).toEqual(positionOf(999 * 2));
});

it('makes a batch of a full chunk that is old, though fewer than 250 old entries follow', () => {
  const uncovered = new UncoveredEntries();
  addEntries(uncovered, 0, MAX_BATCH_IDS + 100);
  expect(uncovered.next({ keep: MAX_BATCH_IDS })).toBeUndefined();
  uncovered.sealOld({ beforeMs: MAX_BATCH_IDS + 100 });
  const next = uncovered.next({ keep: MAX_BATCH_IDS });
  expect(next?.upTo).toEqual(positionOf((MAX_BATCH_IDS - 1) * 2));
});
