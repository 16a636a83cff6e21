import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AutoThrottle, nextDelayMs } from '../src/auto-throttle.ts';

const minMs = 1_000;
const anyDelay = fc.integer({ min: minMs, max: 60_000 });
const anyLatency = fc.integer({ min: 0, max: 100_000 });

it('stays between the minimum and a minute', () => {
  const anyOutcome = fc.constantFrom('ok', 'error', 'overloaded');
  fc.assert(
    fc.property(anyDelay, anyLatency, anyOutcome, (delayMs, latencyMs, outcome) => {
      const next = nextDelayMs(delayMs, { latencyMs, outcome, minMs });
      expect(next).toBeGreaterThanOrEqual(minMs);
      expect(next).toBeLessThanOrEqual(60_000);
    }),
  );
});

it('never shrinks after an error, and by at most half after a page', () => {
  fc.assert(
    fc.property(anyDelay, anyLatency, (delayMs, latencyMs) => {
      const after = (outcome: 'ok' | 'error') =>
        nextDelayMs(delayMs, { latencyMs, outcome, minMs });
      expect(after('error')).toBeGreaterThanOrEqual(delayMs);
      expect(after('ok')).toBeGreaterThanOrEqual(delayMs / 2);
    }),
  );
});

it('doubles when the site is overloaded', () => {
  expect(nextDelayMs(4_000, { latencyMs: 10, outcome: 'overloaded', minMs })).toBe(8_000);
});

it('pauses for as long as a slow host took', () => {
  expect(nextDelayMs(minMs, { latencyMs: 7_000, outcome: 'ok', minMs })).toBe(7_000);
});

it('obeys the minimum of the source and robots.txt, up to an hour', () => {
  const throttle = new AutoThrottle({ ownHosts: new Set(['own']) });
  expect(throttle.of('x')).toBeUndefined();
  throttle.observe('x', { latencyMs: 10, outcome: 'ok', minMs: 9_000 });
  expect(throttle.of('x')).toBe(9_000);
  throttle.observe('x', { latencyMs: 10, outcome: 'ok', minMs: 300_000 });
  expect(throttle.of('x')).toBe(300_000);
  throttle.observe('x', { latencyMs: 10, outcome: 'ok', minMs: 9_000_000 });
  expect(throttle.of('x')).toBe(3_600_000);
  expect(throttle.of('y')).toBeUndefined();
});

it("requests the operator's own hosts without a pause by default", () => {
  const throttle = new AutoThrottle({ ownHosts: new Set(['own']) });
  throttle.observe('own', { latencyMs: 7_000, outcome: 'overloaded', minMs: 0 });
  expect(throttle.of('own')).toBe(0);
  throttle.observe('own', { latencyMs: 10, outcome: 'ok', minMs: 2_000 });
  expect(throttle.of('own')).toBe(2_000);
});
