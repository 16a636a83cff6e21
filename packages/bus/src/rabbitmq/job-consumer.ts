import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { BusLogger, Consumer, JobHandler } from '../bus.ts';
import type { BusCount } from '../counters.ts';
import type { EventType } from '../event-type.ts';
import { type Outcome, runJob } from '../job.ts';
import type { WorkQueue } from '../topology.ts';
import { answered, withinCloseTimeout } from './answered.ts';
import type { BusClock } from './clock.ts';
import { closeQuietly, endOfChannel } from './connection.ts';
import { FailedJobs } from './failed-jobs.ts';
import { deliveryKeyOf, jobIdOf, jobOf } from './job-message.ts';
import type { Publisher } from './publisher.ts';
import { RecentSettlements, type Settlement } from './recent-settlements.ts';
import type { OpenedChannel, SupervisedConnection } from './supervised-connection.ts';

export interface JobConsumerOptions<E extends EventType> {
  connection: SupervisedConnection;
  publisher: Publisher;
  queue: WorkQueue<E>;
  handle: JobHandler<E>;
  concurrency: number;
  /** Declares the topology again, when a queue is missing. */
  redeclare: () => Promise<void>;
  logger: BusLogger;
  count: BusCount;
  clock: BusClock;
}

/** The channel of a delivery. */
interface Delivery {
  readonly channel: Channel;
  /** Aborts when the channel closes: the broker redelivers its unacknowledged messages. */
  readonly gone: AbortSignal;
  /** Aborts when the channel or the consumer closes. */
  readonly ending: AbortSignal;
}

/**
 * Consumes a work queue. Acknowledges a job after its handler has resolved, or after the broker has
 * confirmed the job in its next queue. Begins no job while publishing is impossible, since a failed
 * job couldn't be republished.
 */
export class JobConsumer<E extends EventType> implements Consumer {
  readonly #options: JobConsumerOptions<E>;
  readonly #failedJobs: FailedJobs;
  readonly #kept: { close(): Promise<void> };
  readonly #inHand = new Set<Promise<void>>();
  readonly #settlements = new RecentSettlements();
  readonly #ending = new AbortController();
  #consuming: { channel: Channel; consumerTag: string } | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: JobConsumerOptions<E>) {
    this.#options = options;
    this.#failedJobs = new FailedJobs(options);
    this.#kept = options.connection.keep(options.queue.name, (live) => this.#open(live));
  }

  get problem(): string | undefined {
    if (this.#closing !== undefined) return undefined;
    if (this.#consuming === undefined) return `${this.#options.queue.name}: not consuming`;
    return this.#failedJobs.problem;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#ending.abort();
    await Promise.all([withinCloseTimeout(this.#cancel()), ...this.#inHand]);
    await this.#kept.close();
  }

  async #cancel(): Promise<void> {
    const consuming = this.#consuming;
    await consuming?.channel.cancel(consuming.consumerTag);
  }

  async #open(connection: ChannelModel): Promise<OpenedChannel> {
    const channel = await answered(connection.createChannel(), 'the broker');
    const gone = new AbortController();
    const died = endOfChannel(channel).then((reason) => {
      this.#consuming = undefined;
      gone.abort();
      return reason;
    });
    channel.on('cancel', () => this.#reportCancellation());
    const delivery = {
      channel,
      gone: gone.signal,
      ending: AbortSignal.any([gone.signal, this.#ending.signal]),
    };
    try {
      const consumerTag = await this.#consume(delivery);
      this.#consuming = { channel, consumerTag };
      return { channel, died };
    } catch (error) {
      // n.b. a consumer whose answer was late would get jobs beside the next consumer
      await closeQuietly(channel);
      throw error;
    }
  }

  async #consume(delivery: Delivery): Promise<string> {
    const { queue, concurrency } = this.#options;
    const { channel } = delivery;
    const onMessage = (message: ConsumeMessage | null) => {
      // the broker requeues unacknowledged messages when the channel closes
      if (message === null || this.#closing !== undefined) return;
      const work = this.#work(message, delivery).finally(() => this.#inHand.delete(work));
      this.#inHand.add(work);
    };
    await answered(channel.prefetch(concurrency), 'the broker');
    const consuming = channel.consume(queue.name, onMessage);
    const { consumerTag } = await answered(consuming, `the queue ${queue.name}`);
    return consumerTag;
  }

  #reportCancellation(): void {
    const { queue, logger, count } = this.#options;
    count('amqp_consumer_cancellations_total', { queue: queue.name });
    logger.error(
      { queue: queue.name },
      'the broker cancelled the consumer of a queue: if the queue was deleted, its jobs are lost',
    );
  }

  async #work(message: ConsumeMessage, delivery: Delivery): Promise<void> {
    const { queue, count } = this.#options;
    const key = deliveryKeyOf(message);
    const previous = this.#settlements.get(key);
    const settling = this.#settle(message, { ...delivery, previous });
    this.#settlements.set(key, settling);
    const settlement = await settling;
    const isRepeated = settlement !== undefined && settlement === (await previous);
    try {
      if (settlement?.disposition === 'ack') delivery.channel.ack(message);
      else if (settlement?.disposition === 'reject') delivery.channel.reject(message, false);
      else return;
      count('amqp_messages_consumed_total', {
        queue: queue.name,
        outcome: isRepeated ? 'repeated' : kindOf(settlement),
      });
    } catch {
      // the channel is closed: the broker redelivers the job
    }
  }

  /** Awaits the previous delivery of the same message and resumes from its result. Resolves with undefined when the job wasn't begun. */
  async #settle(
    message: ConsumeMessage,
    { previous, ...delivery }: Delivery & { previous: Promise<Settlement | undefined> | undefined },
  ): Promise<Settlement | undefined> {
    const known = await previous;
    if (known !== undefined && known.disposition !== 'leave') return known;
    const outcome = known?.outcome ?? (await this.#decide(message, delivery));
    if (outcome === undefined) return undefined;
    if (outcome.kind === 'ack') return { outcome, disposition: 'ack' };
    return { outcome, disposition: await this.#failedJobs.republish(message, outcome, delivery) };
  }

  async #decide(message: ConsumeMessage, { ending }: Delivery): Promise<Outcome | undefined> {
    const { publisher, queue, logger } = this.#options;
    await publisher.untilWritable(ending);
    if (ending.aborted) return undefined;
    const job = jobOf(message);
    const outcome = await runJob(job, this.#options);
    if (outcome.kind !== 'ack') {
      const level = outcome.kind === 'postpone' ? 'info' : 'warn';
      const { attempt } = job;
      logger[level](
        { queue: queue.name, messageId: jobIdOf(message), attempt, ...outcome },
        'a job failed',
      );
    }
    return outcome;
  }
}

/** n.b. the broker dead-letters a rejected job, also one that was due for a retry. */
function kindOf({ disposition, outcome }: Settlement): Outcome['kind'] {
  return disposition === 'reject' ? 'dead-letter' : outcome.kind;
}
