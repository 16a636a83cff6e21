import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextSlot } from '../src/schedule.ts';

it('is due at the next multiple of the interval, which is never now', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 4e12 }),
      fc.integer({ min: 1_000, max: 86_400_000 }),
      (now, interval) => {
        const slot = nextSlot(now, interval);
        expect(slot % interval).toBe(0);
        expect(slot).toBeGreaterThan(now);
        expect(slot - now).toBeLessThanOrEqual(interval);
      },
    ),
  );
});
