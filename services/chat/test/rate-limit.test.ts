import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRateLimit } from '../src/rate-limit.ts';

const START_MS = Date.UTC(2026, 0, 1);

it('accepts a burst, then returns the time to wait', () => {
  const take = createRateLimit({ perSecond: 10, burst: 3 });
  const waits = [1, 2, 3, 4].map(() => take('a', START_MS));
  expect(waits).toEqual([0, 0, 0, 100]);
  expect(take('a', START_MS + 99)).toBe(1);
  expect(take('a', START_MS + 100)).toBe(0);
  expect(take('a', START_MS + 100)).toBe(100);
});

it('counts each address separately', () => {
  const take = createRateLimit({ perSecond: 1, burst: 1 });
  expect(take('a', START_MS)).toBe(0);
  expect(take('b', START_MS)).toBe(0);
  expect(take('a', START_MS)).toBe(1_000);
});

it('accepts exactly the tokens of a bucket with its refill', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(pauses, (all) => {
      const take = createRateLimit({ perSecond: 2, burst: 5 });
      let tokens = 5;
      let atMs = START_MS;
      for (const pauseMs of all) {
        atMs += pauseMs;
        tokens = Math.min(5, tokens + (pauseMs * 2) / 1_000);
        const hasToken = tokens >= 1;
        expect(take('a', atMs) === 0).toBe(hasToken);
        if (hasToken) tokens -= 1;
      }
    }),
  );
});

it('holds a bounded number of addresses, and drops the least recently used', () => {
  const take = createRateLimit({ perSecond: 0.01, burst: 2 });
  for (const address of ['first', 'second', 'second', 'first']) take(address, START_MS);
  for (let n = 0; n < 9_998; n += 1) take(`other ${n}`, START_MS);
  expect(take('second', START_MS)).toBeGreaterThan(0);
  take('one more', START_MS);
  expect(take('first', START_MS)).toBeGreaterThan(0);
  expect(take('second', START_MS)).toBe(0);
});
