import type { EventType } from './event-type.ts';

/** A queue whose jobs are done once each, by whichever consumer is free. */
export interface WorkQueue<E extends EventType = EventType> {
  readonly name: string;
  /** The one kind of job in it. */
  readonly event: E;
  /** Jobs; when they're there, the broker refuses the next one. */
  readonly maxLength: number;
  /** How long a failed job waits before its next attempt; after the last it's dead-lettered. */
  readonly retryDelaysMs: readonly number[];
}

/** An append-only log, read from any position by any number of followers, none of which takes anything out of it. */
export interface Log<E extends EventType = EventType> {
  readonly name: string;
  /** What it keeps. */
  readonly events: readonly E[];
  /** What a follower publishes to learn where the log's end is. */
  readonly marker: EventType;
  /** Retention, in bytes: the oldest entries go first, a segment at a time. */
  readonly maxBytes: number;
}

/** Everything that has to exist on the broker. */
export interface Topology {
  readonly workQueues: readonly WorkQueue[];
  readonly logs: readonly Log[];
}

/** Where jobs wait for another attempt: one queue for each delay, since the first message of a mixed one would hold up the rest. */
export function retryQueueName(queue: WorkQueue, delayMs: number): string {
  return `${queue.name}.retry.${delayMs / 1000}s`;
}

/** Where jobs go that someone should look at. */
export function deadLetterQueueName(queue: WorkQueue): string {
  return `${queue.name}.dead-letter`;
}
