import type { QueueDepth } from '../bus.ts';
import type { QueueUse } from '../topology.ts';
import { answered } from './answered.ts';
import type { BusClock } from './clock.ts';
import { closeQuietly, endOfChannel } from './connection.ts';
import type { SupervisedConnection } from './supervised-connection.ts';

const ANSWER_DEADLINE_MS = 2_000;
/** Whoever may read the metrics can't make the broker count more often. */
const FRESH_MS = 1_000;

/**
 * Asks the broker how many messages its queues hold, by a passive declaration.
 *
 * @see https://www.rabbitmq.com/amqp-0-9-1-reference#queue.declare.passive
 */
export class QueueDepths {
  readonly #connection: SupervisedConnection;
  readonly #queues: readonly { queue: string; use: QueueUse }[];
  readonly #clock: BusClock;
  #last: { readonly atMs: number; readonly depths: Promise<QueueDepth[]> } | undefined;

  constructor(options: {
    connection: SupervisedConnection;
    queues: readonly { queue: string; use: QueueUse }[];
    clock: BusClock;
  }) {
    this.#connection = options.connection;
    this.#queues = options.queues;
    this.#clock = options.clock;
  }

  /** Resolves with the depths that the broker tells within 2 s; they may be 1 s old. Never rejects. */
  measure(): Promise<QueueDepth[]> {
    const nowMs = this.#clock.now();
    if (this.#last === undefined || nowMs - this.#last.atMs > FRESH_MS) {
      this.#last = { atMs: nowMs, depths: this.#measure() };
    }
    return this.#last.depths;
  }

  async #measure(): Promise<QueueDepth[]> {
    const measured: QueueDepth[] = [];
    const connection = this.#connection.live?.connection;
    if (connection === undefined) return measured;
    const asking = (async () => {
      const channel = await connection.createChannel();
      // n.b. a missing queue closes the channel with an error, which must have a listener
      void endOfChannel(channel);
      try {
        for (const { queue, use } of this.#queues) {
          const { messageCount: messages, consumerCount: consumers } =
            await channel.checkQueue(queue);
          measured.push({ queue, use, messages, consumers });
        }
      } finally {
        await closeQuietly(channel);
      }
    })();
    await answered(asking, 'the broker', { deadlineMs: ANSWER_DEADLINE_MS }).catch(() => {});
    return [...measured];
  }
}
