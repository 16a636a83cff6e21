import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HostDelays, nextDelayMs } from '../src/fetch/host-delays.ts';

const minMs = 1_000;
const anyDelay = fc.integer({ min: minMs, max: 60_000 });
const anyLatency = fc.integer({ min: 0, max: 100_000 });

it('stays between what is asked for and a minute', () => {
  const anyOutcome = fc.constantFrom('ok', 'error', 'overloaded');
  fc.assert(
    fc.property(anyDelay, anyLatency, anyOutcome, (delayMs, latencyMs, outcome) => {
      const next = nextDelayMs(delayMs, { latencyMs, outcome, minMs });
      expect(next).toBeGreaterThanOrEqual(minMs);
      expect(next).toBeLessThanOrEqual(60_000);
    }),
  );
});

it('never shrinks after an error, nor by more than half after a page', () => {
  fc.assert(
    fc.property(anyDelay, anyLatency, (delayMs, latencyMs) => {
      const after = (outcome: 'ok' | 'error') =>
        nextDelayMs(delayMs, { latencyMs, outcome, minMs });
      expect(after('error')).toBeGreaterThanOrEqual(delayMs);
      expect(after('ok')).toBeGreaterThanOrEqual(delayMs / 2);
    }),
  );
});

it('doubles when the site has too much to do', () => {
  expect(nextDelayMs(4_000, { latencyMs: 10, outcome: 'overloaded', minMs })).toBe(8_000);
});

it('leaves a slow host alone for as long as it took', () => {
  expect(nextDelayMs(minMs, { latencyMs: 7_000, outcome: 'ok', minMs })).toBe(7_000);
});

it('keeps to what the source and robots.txt ask for, up to a minute', () => {
  const delays = new HostDelays({ ownHosts: new Set(['own']) });
  expect(delays.of('x')).toBeUndefined();
  delays.observe('x', { latencyMs: 10, outcome: 'ok', minMs: 9_000 });
  expect(delays.of('x')).toBe(9_000);
  delays.observe('x', { latencyMs: 10, outcome: 'ok', minMs: 9_000_000 });
  expect(delays.of('x')).toBe(60_000);
  expect(delays.of('y')).toBeUndefined();
});

it("asks the operator's own hosts without a pause, unless one is wanted", () => {
  const delays = new HostDelays({ ownHosts: new Set(['own']) });
  delays.observe('own', { latencyMs: 7_000, outcome: 'overloaded', minMs: 0 });
  expect(delays.of('own')).toBe(0);
  delays.observe('own', { latencyMs: 10, outcome: 'ok', minMs: 2_000 });
  expect(delays.of('own')).toBe(2_000);
});
