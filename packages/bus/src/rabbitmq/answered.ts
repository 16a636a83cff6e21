import { BusError } from '../errors.ts';

const ANSWER_DEADLINE_MS = 10_000;
const CLOSE_DEADLINE_MS = 1_000;

/**
 * Resolves with the broker's answer; rejects with `UNCONFIRMED` after `deadlineMs` (default 10 s).
 * `what` names the peer in the error. n.b. a quorum queue or a stream without a majority doesn't
 * answer, while its connection stays open.
 */
export function answered<T>(
  answer: PromiseLike<T>,
  what: string,
  { deadlineMs = ANSWER_DEADLINE_MS }: { deadlineMs?: number } = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () =>
      reject(new BusError('UNCONFIRMED', `${what} didn't answer within ${deadlineMs} ms`));
    const timer = setTimeout(giveUp, deadlineMs);
    const settle = (then: () => void) => {
      clearTimeout(timer);
      then();
    };
    answer.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}

/**
 * Resolves with the work's result; rejects with the reason of the first signal that aborts. It
 * removes its listeners when the work settles; `Promise.race` would leave them on long-lived signals.
 */
export function unlessAborted<T>(work: Promise<T>, ...signals: AbortSignal[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const settled = new AbortController();
    for (const signal of signals) {
      const abort = () => {
        settled.abort();
        reject(signal.reason);
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true, signal: settled.signal });
    }
    work.then(
      (value) => {
        settled.abort();
        resolve(value);
      },
      (error: unknown) => {
        settled.abort();
        reject(error);
      },
    );
  });
}

/** Waits at most 1 s and never rejects. n.b. amqplib's `close` and `cancel` never settle when the connection ends meanwhile. */
export async function withinCloseTimeout(work: Promise<unknown>): Promise<void> {
  await answered(work, 'the broker', { deadlineMs: CLOSE_DEADLINE_MS }).catch(() => {});
}
