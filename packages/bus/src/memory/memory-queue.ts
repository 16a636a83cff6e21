import type { BusLogger, Consumer, JobHandler, QueueDepth } from '../bus.ts';
import type { BusCount } from '../counters.ts';
import { BusError } from '../errors.ts';
import type { EventType } from '../event-type.ts';
import { runJob } from '../job.ts';
import { queuesOf, retryQueueName, type WorkQueue } from '../topology.ts';

export interface MemoryMessage {
  readonly body: Buffer;
  readonly contentType: string;
  readonly attempt: number;
}

/** A job whose last attempt failed. */
export interface DeadLetter {
  readonly body: Buffer;
  readonly reason: string;
  readonly error: string;
}

interface Worker {
  readonly handle: JobHandler<EventType>;
  readonly concurrency: number;
  readonly inHand: Set<Promise<void>>;
}

/** A work queue in memory, with retries and dead letters. */
export class MemoryQueue {
  readonly queue: WorkQueue;
  readonly deadLetters: DeadLetter[] = [];
  readonly #logger: BusLogger;
  readonly #count: BusCount;
  readonly #ready: MemoryMessage[] = [];
  readonly #workers = new Set<Worker>();
  /** The timers of retries, each with its queue. */
  readonly #retries = new Map<NodeJS.Timeout, string>();

  constructor(queue: WorkQueue, { logger, count }: { logger: BusLogger; count: BusCount }) {
    this.queue = queue;
    this.#logger = logger;
    this.#count = count;
  }

  /** The depth of the queue, of its retry queues and of its dead letters. */
  get depths(): QueueDepth[] {
    const consumers = this.#workers.size;
    return queuesOf({ workQueues: [this.queue], logs: [] }).map((queue) => {
      if (queue.use === 'work') return { ...queue, messages: this.#ready.length, consumers };
      const messages =
        queue.use === 'retry'
          ? [...this.#retries.values()].filter((name) => name === queue.queue).length
          : this.deadLetters.length;
      return { ...queue, messages, consumers: 0 };
    });
  }

  /** Throws `REFUSED` when the queue is full. */
  push(message: MemoryMessage): void {
    if (this.#ready.length >= this.queue.maxLength) {
      throw new BusError('REFUSED', `${this.queue.name} is full`);
    }
    this.#ready.push(message);
    setImmediate(() => this.#dispatch());
  }

  consume(handle: JobHandler<EventType>, concurrency: number): Consumer {
    const worker: Worker = { handle, concurrency, inHand: new Set() };
    this.#workers.add(worker);
    setImmediate(() => this.#dispatch());
    return {
      close: async () => {
        this.#workers.delete(worker);
        await Promise.all(worker.inHand);
      },
    };
  }

  close(): void {
    for (const timer of this.#retries.keys()) clearTimeout(timer);
  }

  #dispatch(): void {
    for (const worker of this.#workers) {
      while (worker.inHand.size < worker.concurrency) {
        const message = this.#ready.shift();
        if (message === undefined) return;
        const work = this.#work(message, worker).finally(() => {
          worker.inHand.delete(work);
          this.#dispatch();
        });
        worker.inHand.add(work);
      }
    }
  }

  async #work(message: MemoryMessage, { handle }: Worker): Promise<void> {
    const { queue } = this;
    const outcome = await runJob({ ...message, isRedelivered: false }, { queue, handle });
    this.#count('amqp_messages_consumed_total', { queue: queue.name, outcome: outcome.kind });
    if (outcome.kind === 'ack') return;
    const level = outcome.kind === 'postpone' ? 'info' : 'warn';
    this.#logger[level](
      { queue: queue.name, attempt: message.attempt, ...outcome },
      'a job failed',
    );
    if (outcome.kind === 'dead-letter') {
      this.deadLetters.push({ body: message.body, reason: outcome.reason, error: outcome.error });
      return;
    }
    const { attempt, delayMs } = outcome;
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      this.#ready.push({ ...message, attempt });
      this.#dispatch();
    }, delayMs);
    this.#retries.set(timer, retryQueueName(queue, delayMs));
  }
}
