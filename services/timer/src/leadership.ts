import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '@quotewire/bus';
import { timerLeaderLock } from '@quotewire/events';
import type { Logger } from '@quotewire/service';

const RETRY_MS = 1_000;

export interface LeadershipOptions {
  bus: Bus;
  logger: Logger;
  /** Called when this process becomes the leader; the signal aborts when the lead is lost. */
  lead: (lost: AbortSignal) => void;
}

/** Elects one leader among all timers: the holder of a lock on the broker. */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #closing = new AbortController();
  readonly #campaign: Promise<void>;

  constructor(options: LeadershipOptions) {
    this.#options = options;
    this.#campaign = this.#run();
  }

  /** Gives up the lead. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#campaign;
  }

  async #run(): Promise<void> {
    const { bus, logger, lead } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      // without a connection, retry as if another held the lock
      const lock = await bus.tryLock(timerLeaderLock).catch(() => undefined);
      if (lock === undefined) {
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
        continue;
      }
      const losing = new AbortController();
      const lose = () => losing.abort();
      if (signal.aborted) lose();
      else {
        signal.addEventListener('abort', lose, { once: true });
        lead(losing.signal);
        logger.info('acquired leadership');
      }
      const reason = await Promise.race([lock.lost, whenAborted(losing.signal)]);
      signal.removeEventListener('abort', lose);
      lose();
      logger.info({ reason }, 'lost leadership');
      await lock.release();
    }
  }
}

function whenAborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('closed');
    else signal.addEventListener('abort', () => resolve('closed'), { once: true });
  });
}
