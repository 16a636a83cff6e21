import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@quotewire/service';

const RETRY_MS = 1_000;

/** Retries work until it resolves or the signal aborts. Never rejects. */
export async function retryUntil(
  aborted: AbortSignal,
  work: () => Promise<void>,
  logger: Logger,
): Promise<void> {
  while (!aborted.aborted) {
    try {
      return await work();
    } catch (err) {
      if (aborted.aborted) return;
      logger.warn({ err }, 'the broker confirmed no event of the timer, trying again');
      await delay(RETRY_MS, undefined, { signal: aborted }).catch(() => {});
    }
  }
}
