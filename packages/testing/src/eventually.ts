import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL_MS = 20;
/** Long enough for a busy machine. */
const DEFAULT_TIMEOUT_MS = 30_000;

export interface Deadline {
  /** The awaited condition as a sentence: "the page shows the quote". */
  what: string;
  /** Default 30 s. */
  timeoutMs?: number;
}

/** Repeats a check until its result is truthy, and resolves with the result. A check that throws counts as falsy. Rejects with `what` after the timeout. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { what, timeoutMs = DEFAULT_TIMEOUT_MS }: Deadline,
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  const until = Date.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const result = await within(Promise.resolve(check()), {
        what: `${what} (the check settles)`,
        timeoutMs: Math.max(INTERVAL_MS, until - Date.now()),
      });
      if (result) return result as Exclude<T, undefined | null | false | 0 | ''>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(INTERVAL_MS);
  } while (Date.now() < until);
  throw new Error(`didn't happen within ${timeoutMs} ms: ${what}`, { cause });
}

/** Resolves with the result of a promise, or rejects with `what` after the timeout. */
export async function within<T>(
  promise: Promise<T>,
  { what, timeoutMs = DEFAULT_TIMEOUT_MS }: Deadline,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`didn't happen within ${timeoutMs} ms: ${what}`)),
    timeoutMs,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
