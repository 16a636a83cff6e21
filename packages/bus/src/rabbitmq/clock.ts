import { setTimeout as delay } from 'node:timers/promises';

/** Measures durations and waits between attempts. */
export interface BusClock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Resolves after `ms` milliseconds, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: BusClock = {
  now: () => performance.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
};
