import { answered, unlessAborted, withinCloseTimeout } from './answered.ts';
import { backoffMs } from './backoff.ts';
import type { BusClock } from './clock.ts';
import { explain } from './explain.ts';

/** A shorter life counts as a failure; otherwise a resource that ends at once would be opened ten times a second. */
const STABLE_AFTER_MS = 10_000;

/** An open resource, which may end by itself. */
export interface Open {
  /** Resolves with the reason when the resource ends. */
  readonly died: Promise<string>;
  /** Never rejects. */
  close(): Promise<void>;
}

export interface KeepAliveOptions {
  /** Opens the resource; `isFirst` is true for the first attempt only. */
  open: (attempt: { readonly isFirst: boolean }) => Promise<Open>;
  /** Called after each end, and after each failed attempt with the error as `cause`; not after the signal has aborted. */
  onDown: (reason: string, cause: unknown) => void;
  /** The deadline of one attempt to open. Default: none. */
  openDeadlineMs?: number;
  /** Stops reopening and closes the resource. */
  signal: AbortSignal;
  clock: BusClock;
}

/**
 * Keeps a resource open until the signal aborts: opens it again after each end and each failure, with
 * a backoff that grows until the resource has lived for 10 s. Resolves when the resource is closed.
 */
export async function keepAlive(options: KeepAliveOptions): Promise<void> {
  const { onDown, signal, clock } = options;
  let failures = 0;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    let reason: string;
    let cause: unknown;
    try {
      const open = await openOnce(options, isFirst);
      const openedAt = clock.now();
      try {
        reason = await unlessAborted(open.died, signal);
      } finally {
        await open.close();
      }
      if (clock.now() - openedAt >= STABLE_AFTER_MS) failures = 0;
    } catch (error) {
      cause = error;
      reason = explain(error);
    }
    if (signal.aborted) return;
    onDown(reason, cause);
    await clock.wait(backoffMs(reason, failures), signal);
    failures += 1;
  }
}

async function openOnce(
  { open, openDeadlineMs, signal }: KeepAliveOptions,
  isFirst: boolean,
): Promise<Open> {
  const opening = open({ isFirst });
  const limited =
    openDeadlineMs === undefined
      ? opening
      : answered(opening, 'the broker', { deadlineMs: openDeadlineMs });
  try {
    return await unlessAborted(limited, signal);
  } catch (error) {
    // an attempt past its deadline may succeed later
    await withinCloseTimeout(opening.then((late) => late.close()));
    throw error;
  }
}
