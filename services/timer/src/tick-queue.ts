import { setTimeout as delay } from 'node:timers/promises';
import { BusError, type BusErrorCode } from '@quotewire/bus';
import type { Logger } from '@quotewire/service';
import type { DueTick } from './plan.ts';

export interface TickQueueOptions {
  /** Requests a run of a source. A retry of the same tick repeats no finished step. */
  request: (tick: DueTick) => Promise<unknown>;
  logger: Logger;
  /** Called when the next tick of the same source replaces a waiting tick. */
  onSkipped: () => void;
  /** The pause of all ticks after a refused one. Default 1,000. */
  retryMs?: number;
}

/** Limits unconfirmed requests: the work queue may be too short for all sources at once. */
const CONCURRENCY = 32;
/** Errors for which a retry never succeeds. */
const PERMANENT_CODES: ReadonlySet<BusErrorCode> = new Set([
  'CLOSED',
  'INVALID_EVENT',
  'TOO_LARGE',
]);

/**
 * Sends due ticks to the work queue: a few at once, one for each source, with retries while the
 * broker refuses them. Bounded by the number of sources, since the next tick of a source replaces
 * one that still waits.
 */
export class TickQueue {
  readonly #options: TickQueueOptions;
  /** By source. */
  readonly #waiting = new Map<string, DueTick>();
  readonly #inHand = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  #isResting = false;

  constructor(options: TickQueueOptions) {
    this.#options = options;
  }

  /** The number of ticks that the broker has not confirmed. */
  get size(): number {
    return this.#waiting.size + this.#inHand.size;
  }

  add(tick: DueTick): void {
    if (this.#closing.signal.aborted) return;
    if (this.#waiting.has(tick.source.name)) this.#options.onSkipped();
    this.#waiting.set(tick.source.name, tick);
    this.#sendWaiting();
  }

  /** Drops the waiting ticks. */
  clear(): void {
    this.#waiting.clear();
  }

  /** Drops the waiting ticks and waits for those in progress. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.clear();
    await Promise.all(this.#inHand.values());
  }

  #sendWaiting(): void {
    for (const [name, tick] of this.#waiting) {
      if (this.#isResting || this.#inHand.size >= CONCURRENCY) return;
      if (this.#inHand.has(name)) continue;
      this.#waiting.delete(name);
      const work = this.#send(tick).finally(() => {
        this.#inHand.delete(name);
        this.#sendWaiting();
      });
      this.#inHand.set(name, work);
    }
  }

  async #send(tick: DueTick): Promise<void> {
    const { request, logger, onSkipped } = this.#options;
    const { name } = tick.source;
    try {
      await request(tick);
    } catch (err) {
      const isLost = err instanceof BusError && PERMANENT_CODES.has(err.code);
      if (isLost || this.#closing.signal.aborted) {
        logger.error({ source: name, err }, 'a tick was lost');
        return;
      }
      if (this.#waiting.has(name)) onSkipped();
      else this.#waiting.set(name, tick);
      void this.#rest(err);
    }
  }

  async #rest(cause: unknown): Promise<void> {
    if (this.#isResting) return;
    const { logger, retryMs = 1_000 } = this.#options;
    this.#isResting = true;
    logger.warn({ err: cause, waiting: this.size }, 'ticks wait because the broker refused one');
    const { signal } = this.#closing;
    await delay(retryMs, undefined, { signal }).catch(() => {});
    this.#isResting = false;
    this.#sendWaiting();
  }
}
