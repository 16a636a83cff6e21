import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IdTable } from '../src/id-table.ts';

/** Few values, so that ids meet: on one slot, in one half, and at 0. */
const half = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));

it('contains the same ids as a set, however many', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(half, half), { maxLength: 200 }), (ids) => {
      const table = new IdTable();
      const set = new Set<string>();
      for (const [high, low] of ids) {
        // the one id that isn't distinguished from another
        const name = `${high}.${low || 1}`;
        expect(table.has(high, low)).toBe(set.has(name));
        expect(table.add(high, low)).toBe(!set.has(name));
        set.add(name);
        expect(table.has(high, low)).toBe(true);
      }
      expect(table.size).toBe(set.size);
    }),
  );
});

it('loses none when it grows, and finds none that was not added', () => {
  const table = new IdTable();
  const lowOf = (index: number) => Math.imul(index, 0x9e3779b1) >>> 0;
  for (let index = 1; index <= 100_000; index += 1) table.add(index, lowOf(index));
  let found = 0;
  let foundOthers = 0;
  for (let index = 1; index <= 100_000; index += 1) {
    if (table.has(index, lowOf(index))) found += 1;
    if (table.has(index + 100_000, lowOf(index))) foundOthers += 1;
  }
  expect([found, foundOthers, table.size]).toEqual([100_000, 0, 100_000]);
});

it('distinguishes ids that hash to one slot', () => {
  const table = new IdTable();
  for (let high = 0; high < 10_000; high += 1) table.add(high, 7);
  expect(table.size).toBe(10_000);
  expect(table.has(9_999, 7)).toBe(true);
  expect(table.has(10_000, 7)).toBe(false);
});
