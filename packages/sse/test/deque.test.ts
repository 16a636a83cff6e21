import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Deque } from '../src/deque.ts';

it('holds the same elements as an array after any pushes and shifts', () => {
  const steps = fc.array(fc.integer({ min: -3_000, max: 3_000 }), { maxLength: 20 });
  fc.assert(
    fc.property(steps, (counts) => {
      const deque = new Deque<number>();
      const expected: number[] = [];
      let pushed = 0;
      for (const count of counts) {
        for (let left = count; left > 0; left -= 1) {
          deque.push(pushed);
          expected.push(pushed);
          pushed += 1;
        }
        for (let left = -count; left > 0; left -= 1) expect(deque.shift()).toBe(expected.shift());
        expect(deque.length).toBe(expected.length);
        for (const index of [
          0,
          1,
          1_023,
          1_024,
          expected.length,
          Math.max(0, expected.length - 1),
        ]) {
          expect(deque.at(index)).toBe(expected[index]);
        }
      }
    }),
    { numRuns: 50 },
  );
});
