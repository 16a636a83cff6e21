import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { BusLogger, Consumer, JobHandler } from '../bus.ts';
import type { BusCount } from '../counters.ts';
import type { EventType } from '../event-type.ts';
import { doJob, type Verdict } from '../job.ts';
import { deadLetterQueueName, retryQueueName, type WorkQueue } from '../topology.ts';
import type { Publisher } from './publisher.ts';
import { RecentVerdicts } from './recent-verdicts.ts';
import { endOfChannel, withinCloseTimeout } from './connection.ts';
import type { OpenedChannel, SupervisedConnection } from './supervised-connection.ts';

/** Counts from 0; the broker's own counters differ from version to version. */
const ATTEMPT_HEADER = 'x-attempt';
const ERROR_HEADER = 'x-error';
const REASON_HEADER = 'x-dead-letter-reason';

export interface JobConsumerOptions<E extends EventType> {
  connection: SupervisedConnection;
  publisher: Publisher;
  queue: WorkQueue<E>;
  handle: JobHandler<E>;
  concurrency: number;
  logger: BusLogger;
  count: BusCount;
}

/** Consumes a work queue: acknowledges a job only after its work, or after its next place has confirmed it. */
export class JobConsumer<E extends EventType> implements Consumer {
  readonly #options: JobConsumerOptions<E>;
  readonly #kept: { close(): Promise<void> };
  readonly #inHand = new Set<Promise<void>>();
  readonly #verdicts = new RecentVerdicts();
  #consuming: { channel: Channel; consumerTag: string } | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: JobConsumerOptions<E>) {
    this.#options = options;
    this.#kept = options.connection.keep(options.queue.name, (live) => this.#open(live));
  }

  get problem(): string | undefined {
    const isConsuming = this.#consuming !== undefined || this.#closing !== undefined;
    return isConsuming ? undefined : `${this.#options.queue.name}: not consuming`;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([withinCloseTimeout(this.#cancel()), ...this.#inHand]);
    await this.#kept.close();
  }

  async #cancel(): Promise<void> {
    const consuming = this.#consuming;
    await consuming?.channel.cancel(consuming.consumerTag);
  }

  async #open(connection: ChannelModel): Promise<OpenedChannel> {
    const { queue, concurrency } = this.#options;
    const channel = await connection.createChannel();
    const died = endOfChannel(channel).then((reason) => {
      this.#consuming = undefined;
      return reason;
    });
    await channel.prefetch(concurrency);
    const { consumerTag } = await channel.consume(queue.name, (message) => {
      // n.b. what isn't acknowledged goes back to the queue when the channel closes
      if (message === null || this.#closing !== undefined) return;
      const work = this.#work(message, channel).finally(() => this.#inHand.delete(work));
      this.#inHand.add(work);
    });
    this.#consuming = { channel, consumerTag };
    return { channel, died };
  }

  async #work(message: ConsumeMessage, channel: Channel): Promise<void> {
    const { queue, logger, count } = this.#options;
    const { contentType, messageId } = message.properties as {
      contentType?: string;
      messageId?: string;
    };
    const attempt = attemptOf(message);
    const isRepeated = (await this.#verdicts.get(messageId))?.kind === 'ack';
    let isSafe = true;
    let outcome = 'repeated';
    if (!isRepeated) {
      const job = doJob({ contentType, body: message.content, attempt }, this.#options);
      this.#verdicts.set(messageId, job);
      const verdict = await job;
      outcome = verdict.kind;
      if (verdict.kind !== 'ack') {
        const level = verdict.kind === 'postpone' ? 'info' : 'warn';
        logger[level]({ queue: queue.name, messageId, attempt, ...verdict }, 'job not done');
        isSafe = await this.#passOn(message, verdict);
      }
    }
    try {
      if (!isSafe) {
        channel.reject(message, true);
        return;
      }
      channel.ack(message);
      count('amqp_messages_consumed_total', { queue: queue.name, outcome });
    } catch {
      // the channel closed meanwhile: the broker delivers the job again
    }
  }

  /** Publishes a failed job to its next place. */
  async #passOn(
    message: ConsumeMessage,
    verdict: Exclude<Verdict, { kind: 'ack' }>,
  ): Promise<boolean> {
    const { queue, publisher, logger } = this.#options;
    const { headers, messageId, ...properties } = message.properties;
    const isLost = verdict.kind === 'dead-letter';
    const target = isLost ? deadLetterQueueName(queue) : retryQueueName(queue, verdict.delayMs);
    try {
      await publisher.publish({
        exchange: '',
        routingKey: target,
        body: message.content,
        properties: {
          ...withoutUndefined(properties),
          messageId: String(messageId),
          headers: {
            ...headers,
            [ERROR_HEADER]: verdict.error,
            ...(isLost
              ? { [REASON_HEADER]: verdict.reason }
              : { [ATTEMPT_HEADER]: verdict.attempt }),
          },
        },
      });
      return true;
    } catch (err) {
      logger.error({ queue: queue.name, target, err }, 'a failed job could not be passed on');
      return false;
    }
  }
}

function attemptOf(message: ConsumeMessage): number {
  const attempt: unknown = message.properties.headers?.[ATTEMPT_HEADER];
  return Number.isSafeInteger(attempt) ? Math.max(0, attempt as number) : 0;
}

/** n.b. amqplib takes an absent property for none, and an undefined one for a fault. */
function withoutUndefined<T extends object>(properties: T): Partial<T> {
  const present = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Partial<T>;
}
