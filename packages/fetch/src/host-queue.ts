import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, PostponeError } from '@quotewire/bus';
import { hostLock } from '@quotewire/events';

export interface TurnOptions {
  /** Computes the pause for all processes after the work is done, in ms. Default: no pause. */
  pauseMs?: () => number;
}

/** Resolves after `ms` milliseconds, or when the signal aborts. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** Work beyond this is postponed at once, so that one host doesn't take all places for concurrent jobs. */
const MAX_WAITING_PER_HOST = 4;

/** Limits each host to one concurrent request: a queue within this process, a lock on the broker across processes. */
export class HostQueue {
  readonly #bus: Bus;
  readonly #maxWaitMs: number;
  readonly #wait: Wait;
  readonly #closing = new AbortController();
  /** The last turn of each host; settles after its pause. */
  readonly #lastTurns = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, number>();

  /**
   * Work that waits longer than `maxWaitMs` (default 5,000) is postponed, to free its place for other
   * hosts. `wait` makes the pauses; default: a timer.
   */
  constructor({
    bus,
    maxWaitMs = 5_000,
    wait = waitFor,
  }: {
    bus: Bus;
    maxWaitMs?: number | undefined;
    wait?: Wait | undefined;
  }) {
    this.#bus = bus;
    this.#maxWaitMs = maxWaitMs;
    this.#wait = wait;
  }

  /** Runs the work in its turn. Rejects with a `PostponeError` if the wait is too long, or if another process holds the host's lock. */
  async take<T>(
    host: string,
    work: () => Promise<T>,
    { pauseMs = () => 0 }: TurnOptions = {},
  ): Promise<T> {
    this.#refuseWhenClosing();
    const previous = this.#lastTurns.get(host);
    const waiting = this.#waiting.get(host) ?? 0;
    if (waiting >= MAX_WAITING_PER_HOST) {
      throw new PostponeError(`the queue of ${host} is full: ${waiting} pages`);
    }
    // without a previous turn the work starts at once
    if (previous !== undefined) this.#waiting.set(host, waiting + 1);
    const { promise: result, resolve, reject } = Promise.withResolvers<T>();
    let hasGivenUp = false;
    const patience = setTimeout(() => {
      hasGivenUp = true;
      this.#leaveQueue(host);
      reject(new PostponeError(`timed out waiting for ${host}`));
    }, this.#maxWaitMs);
    const turn = (previous ?? Promise.resolve()).then(async () => {
      clearTimeout(patience);
      if (hasGivenUp) return;
      if (previous !== undefined) this.#leaveQueue(host);
      try {
        this.#refuseWhenClosing();
        const lock = await this.#bus.tryLock(hostLock(host));
        if (lock === undefined)
          throw new PostponeError(`another scraper holds the lock for ${host}`);
        const settle = await settlerOf(work, { resolve, reject });
        const hostPauseMs = pauseMs();
        // the caller gets the result before the pause; the lock is released after the pause
        if (hostPauseMs > 0) {
          settle();
          await this.#wait(hostPauseMs, this.#closing.signal);
        }
        await lock.release();
        // does nothing if there was a pause
        settle();
      } catch (error) {
        reject(error);
      }
    });
    this.#lastTurns.set(host, turn);
    void turn.then(() => {
      if (this.#lastTurns.get(host) === turn) this.#lastTurns.delete(host);
    });
    return result;
  }

  /** Ends all pauses, postpones queued work and waits for the work in progress. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#lastTurns.values());
  }

  #leaveQueue(host: string): void {
    const waiting = (this.#waiting.get(host) ?? 0) - 1;
    if (waiting > 0) this.#waiting.set(host, waiting);
    else this.#waiting.delete(host);
  }

  #refuseWhenClosing(): void {
    if (this.#closing.signal.aborted) throw new PostponeError('this scraper is closing');
  }
}

/** Runs the work, and returns a function that settles the caller's promise with the outcome. */
function settlerOf<T>(
  work: () => Promise<T>,
  { resolve, reject }: { resolve: (result: T) => void; reject: (error: unknown) => void },
): Promise<() => void> {
  return work().then(
    (result) => () => resolve(result),
    (error: unknown) => () => reject(error),
  );
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
