import type { BusLogger, Consumer, JobHandler } from '../bus.ts';
import type { BusCount } from '../counters.ts';
import { BusError } from '../errors.ts';
import type { EventType } from '../event-type.ts';
import { runJob } from '../job.ts';
import type { WorkQueue } from '../topology.ts';

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
  readonly #retries = new Set<NodeJS.Timeout>();

  constructor(queue: WorkQueue, { logger, count }: { logger: BusLogger; count: BusCount }) {
    this.queue = queue;
    this.#logger = logger;
    this.#count = count;
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
    for (const timer of this.#retries) clearTimeout(timer);
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
    this.#retries.add(timer);
  }
}
