import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, PostponeError } from '@quotewire/bus';
import { hostLock } from '@quotewire/events';

export interface TurnOptions {
  /** How long the host is left alone afterwards, by all processes; asked when the work is done. Default: not at all. */
  pauseMs?: () => number;
}

/** Has one request at a time under way at each host: by turns in this process, by a lock on the broker among all. */
export class HostTurns {
  readonly #bus: Bus;
  readonly #maxWaitMs: number;
  readonly #closing = new AbortController();
  /** The end of the last turn of each host, with its pause. */
  readonly #lastTurns = new Map<string, Promise<void>>();

  /** `maxWaitMs`: who waits longer for a turn makes room for other hosts' work; default 5 s. */
  constructor({ bus, maxWaitMs = 5_000 }: { bus: Bus; maxWaitMs?: number }) {
    this.#bus = bus;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Does the work when it's its turn; rejects with a `PostponeError` when that would take too long, or another process is at that host. */
  async take<T>(
    host: string,
    work: () => Promise<T>,
    { pauseMs = () => 0 }: TurnOptions = {},
  ): Promise<T> {
    this.#refuseWhenClosing();
    const { promise: result, resolve, reject } = Promise.withResolvers<T>();
    let hasGivenUp = false;
    const patience = setTimeout(() => {
      hasGivenUp = true;
      reject(new PostponeError(`there's a queue at ${host}`));
    }, this.#maxWaitMs);
    const previous = this.#lastTurns.get(host) ?? Promise.resolve();
    const turn = previous.then(async () => {
      clearTimeout(patience);
      if (hasGivenUp) return;
      try {
        this.#refuseWhenClosing();
        const lock = await this.#bus.tryLock(hostLock(host));
        if (lock === undefined) throw new PostponeError(`another scraper is at ${host}`);
        const settle = await settled(work, { resolve, reject });
        const restMs = pauseMs();
        // n.b. the work is done for its caller before the pause, and the lock is free after it
        if (restMs > 0) {
          settle();
          await this.#pause(restMs);
        }
        await lock.release();
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

  /** Waits for the work in hand, and no longer for pauses; who waits for a turn gets a `PostponeError`. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#lastTurns.values());
  }

  #refuseWhenClosing(): void {
    if (this.#closing.signal.aborted) throw new PostponeError('this scraper is closing');
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#closing.signal }).catch(() => {});
  }
}

/** Does the work, and returns what tells its caller how it ended. */
function settled<T>(
  work: () => Promise<T>,
  { resolve, reject }: { resolve: (result: T) => void; reject: (error: unknown) => void },
): Promise<() => void> {
  return work().then(
    (result) => () => resolve(result),
    (error: unknown) => () => reject(error),
  );
}
