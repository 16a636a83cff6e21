import type { EventType } from './event-type.ts';

/** A queue of jobs, each for one of its consumers. */
export interface WorkQueue<E extends EventType = EventType> {
  readonly name: string;
  /** The event of its jobs. */
  readonly event: E;
  /** The most jobs that the queue holds; the broker refuses further ones. */
  readonly maxLength: number;
  /** The delays before the retries of a failed job, in order; after the last one the job is dead-lettered. */
  readonly retryDelaysMs: readonly number[];
}

/** An append-only log. Any number of followers read it, each from any position. */
export interface Log<E extends EventType = EventType> {
  readonly name: string;
  /** The events in the log. */
  readonly events: readonly E[];
  /** The event that a follower publishes to find the log's end. */
  readonly marker: EventType;
  /** Retention, in bytes: the oldest entries are dropped first, a segment at a time. */
  readonly maxBytes: number;
}

/** The work queues and logs on the broker. */
export interface Topology {
  readonly workQueues: readonly WorkQueue[];
  readonly logs: readonly Log[];
}

export type QueueUse = 'work' | 'retry' | 'dead-letter';

/** All queues of the work queues, with their use. */
export function queuesOf({ workQueues }: Topology): { queue: string; use: QueueUse }[] {
  return workQueues.flatMap((queue) => [
    { queue: queue.name, use: 'work' },
    ...queue.retryDelaysMs.map((delayMs) => ({
      queue: retryQueueName(queue, delayMs),
      use: 'retry' as const,
    })),
    { queue: deadLetterQueueName(queue), use: 'dead-letter' },
  ]);
}

/** The name of the queue where jobs wait for a retry: one for each delay, since the first message of a mixed queue would block the others. */
export function retryQueueName(queue: WorkQueue, delayMs: number): string {
  return `${queue.name}.retry.${delayMs / 1000}s`;
}

/** The name of the queue for jobs whose last attempt failed. */
export function deadLetterQueueName(queue: WorkQueue): string {
  return `${queue.name}.dead-letter`;
}
