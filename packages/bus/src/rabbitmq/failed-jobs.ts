import type { ConsumeMessage } from 'amqplib';
import type { BusLogger } from '../bus.ts';
import { BusError } from '../errors.ts';
import type { Outcome } from '../job.ts';
import type { WorkQueue } from '../topology.ts';
import type { BusClock } from './clock.ts';
import { isChannelError } from './connection.ts';
import { republicationOf } from './job-message.ts';
import type { OutgoingMessage } from './message.ts';
import type { Publisher } from './publisher.ts';
import type { Settlement } from './recent-settlements.ts';

const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** n.b. each refusal of an invalid message closes the publisher's channel, which all other messages share. */
const MAX_REFUSALS = 3;

export interface FailedJobsOptions {
  publisher: Pick<Publisher, 'publish' | 'untilWritable'>;
  queue: WorkQueue;
  /** Declares the topology again. */
  redeclare: () => Promise<void>;
  logger: BusLogger;
  clock: BusClock;
}

/** Republishes the failed jobs of a work queue to a retry queue or the dead-letter queue. */
export class FailedJobs {
  readonly #options: FailedJobsOptions;
  /** The last error of each job that waits to be republished. */
  readonly #waiting = new Map<ConsumeMessage, string>();
  #redeclaring: Promise<void> | undefined;

  constructor(options: FailedJobsOptions) {
    this.#options = options;
  }

  /** The reason why a failed job can't be republished, if there is one. */
  get problem(): string | undefined {
    const [reason] = this.#waiting.values();
    if (reason === undefined) return undefined;
    return `${this.#options.queue.name}: a failed job can't be republished: ${reason}`;
  }

  /**
   * Publishes a failed job to its next queue, and tries again until the broker confirms. A requeue
   * would run the job again at once. The broker itself dead-letters a rejected job.
   *
   * | the event | the disposition |
   * |---|---|
   * | the broker confirms | `ack` |
   * | the next queue is missing | declares the topology and tries again |
   * | the next queue is full, or the broker doesn't confirm in time | tries again, with a growing backoff |
   * | the broker refuses the message as invalid three times | `reject` |
   * | the client can't encode the message | `reject` |
   * | the channel closes, or the bus closes | `leave` |
   */
  async republish(
    message: ConsumeMessage,
    outcome: Exclude<Outcome, { kind: 'ack' }>,
    { gone, ending }: { gone: AbortSignal; ending: AbortSignal },
  ): Promise<Settlement['disposition']> {
    const outgoing = republicationOf(message, outcome, this.#options.queue);
    let refusals = 0;
    try {
      for (let failures = 1; !gone.aborted; failures += 1) {
        const error = await this.#publish(outgoing);
        if (error === undefined) return 'ack';
        const target = outgoing.routingKey;
        this.#report(error, { message, target });
        if (isInvalidMessage(error)) refusals += 1;
        if (!(error instanceof BusError) || refusals >= MAX_REFUSALS) {
          this.#reportRejection(error, target);
          return 'reject';
        }
        // while the bus closes, a job is republished once
        if (ending.aborted) return 'leave';
        await this.#mend(error, { failures, signal: ending });
      }
      return 'leave';
    } finally {
      this.#waiting.delete(message);
    }
  }

  async #publish(outgoing: OutgoingMessage): Promise<Error | undefined> {
    try {
      await this.#options.publisher.publish(outgoing);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  /** Logs each reason once, however many attempts fail for that reason. */
  #report(err: Error, { message, target }: { message: ConsumeMessage; target: string }): void {
    const { queue, logger } = this.#options;
    const isKnown = this.#waiting.get(message) === err.message;
    this.#waiting.set(message, err.message);
    if (isKnown) return;
    logger.error({ queue: queue.name, target, err }, "a failed job can't be republished yet");
  }

  #reportRejection(err: Error, target: string): void {
    const { queue, logger } = this.#options;
    const what = "a failed job can't be republished: the broker dead-letters it";
    logger.error({ queue: queue.name, target, err }, what);
  }

  async #mend(
    { code }: BusError,
    { failures, signal }: { failures: number; signal: AbortSignal },
  ): Promise<void> {
    if (code === 'UNROUTABLE') await this.#redeclare();
    const pauseMs = Math.min(PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    await this.#options.clock.wait(pauseMs, signal);
    await this.#options.publisher.untilWritable(signal);
  }

  /** Declares the topology once for all jobs whose next queue is missing. */
  #redeclare(): Promise<void> {
    const { queue, redeclare, logger } = this.#options;
    this.#redeclaring ??= redeclare()
      .catch((err: unknown) => {
        logger.error({ queue: queue.name, err }, "a missing queue can't be declared again");
      })
      .finally(() => {
        this.#redeclaring = undefined;
      });
    return this.#redeclaring;
  }
}

/** Whether the broker refused the message as invalid, and not because a queue is full. */
function isInvalidMessage(error: Error): boolean {
  return error instanceof BusError && error.code === 'REFUSED' && isChannelError(error.cause);
}
