import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '@quotewire/bus';
import { timerLeaderLock } from '@quotewire/events';
import type { Logger } from '@quotewire/service';

const RETRY_MS = 1_000;

export interface LeadershipOptions {
  bus: Bus;
  logger: Logger;
  /** Called when this process becomes the one that ticks, and when it's that no more. */
  onChange: (isLeader: boolean) => void;
}

/** Sees to it that one timer ticks, however many there are: the one that holds a lock on the broker. */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #closing = new AbortController();
  readonly #campaign: Promise<void>;

  constructor(options: LeadershipOptions) {
    this.#options = options;
    this.#campaign = this.#run();
  }

  /** Leaves the lead to another. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#campaign;
  }

  async #run(): Promise<void> {
    const { bus, logger, onChange } = this.#options;
    const { signal } = this.#closing;
    const closed = new Promise<string>((resolve) => {
      signal.addEventListener('abort', () => resolve('closed'), { once: true });
    });
    while (!signal.aborted) {
      // without a connection there's no lock to have: asked again like one that's taken
      const lock = await bus.tryLock(timerLeaderLock).catch(() => undefined);
      if (lock === undefined) {
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
        continue;
      }
      onChange(true);
      logger.info('this timer ticks');
      const reason = await Promise.race([lock.lost, closed]);
      onChange(false);
      logger.info({ reason }, 'this timer ticks no more');
      await lock.release();
    }
  }
}
