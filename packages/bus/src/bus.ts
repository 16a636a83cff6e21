import type { CloudEvent } from './cloud-event.ts';
import type { DataOf, EventOf, EventType } from './event-type.ts';
import type { Position } from './position.ts';
import type { Log, WorkQueue } from './topology.ts';

/** Carries events from those who publish them to those who consume a queue or follow a log. */
export interface Bus {
  /**
   * Publishes an event and resolves with it once the broker has it safely (a publisher confirm).
   * While the connection is down it waits, up to 30 s. Rejects with a `BusError`; after
   * `UNCONFIRMED` the event may have arrived or not.
   *
   * @see https://www.rabbitmq.com/docs/confirms#publisher-confirms
   */
  publish<E extends EventType>(
    eventType: E,
    data: DataOf<E>,
    options?: PublishOptions,
  ): Promise<EventOf<E>>;

  /**
   * Does the jobs of a queue, competing with all other consumers of it.
   *
   * | the handler | the job |
   * |---|---|
   * | resolves | is acknowledged |
   * | rejects with a `PermanentError` | goes to the dead-letter queue |
   * | rejects with a `PostponeError` | waits in the first retry queue, as if it had not been tried |
   * | rejects with anything else | waits in the next retry queue; after the last one it goes to the dead-letter queue |
   * | never settles, since the process died | is delivered again |
   */
  consume<E extends EventType>(
    queue: WorkQueue<E>,
    handle: JobHandler<E>,
    options?: ConsumeOptions,
  ): Consumer;

  /**
   * Reads a log from a position on, first what's there and then what comes, without a hole between
   * the two. `handle` is called synchronously, in log order, once for each entry.
   */
  follow<E extends EventType>(
    log: Log<E>,
    handle: EntryHandler<E>,
    options?: FollowOptions,
  ): Follower;

  /**
   * Takes a lock that one holder among all processes has at a time, or resolves with undefined when
   * it's taken. It's lost, at the latest, when the holder's connection to the broker is; the broker
   * notices a silent holder after two to three AMQP heartbeats. Rejects while there's no connection.
   */
  tryLock(name: string): Promise<Lock | undefined>;

  /** Why the bus can't be relied on right now, a sentence each; empty when all is well. */
  problems(): string[];

  /** Takes no more work, waits for the work in hand and disconnects. Idempotent. */
  close(): Promise<void>;
}

export interface PublishOptions {
  /** The event that this one follows from: its trace is continued. */
  cause?: CloudEvent | undefined;
  /** What belongs together, shown by the broker's tools: AMQP's `correlationId`. */
  correlationId?: string | undefined;
}

export type JobHandler<E extends EventType> = (event: EventOf<E>) => Promise<void>;

export interface ConsumeOptions {
  /** Jobs in hand at once. Default 1. */
  concurrency?: number;
}

/** A running consumer of a work queue. */
export interface Consumer {
  /** Takes no more jobs and waits for those in hand. Idempotent. */
  close(): Promise<void>;
}

export type EntryHandler<E extends EventType> = (entry: LogEntry<E>) => void;

/** One entry of a log. */
export interface LogEntry<E extends EventType> extends Position {
  /** Absent for what only has a place in the log: a marker, or an entry that can't be read (which is counted). */
  readonly event?: EventOf<E>;
}

export interface FollowOptions {
  /** Begin after this entry. Default: with the oldest entry. */
  after?: Position | undefined;
  /** Called before the next entry when `after`, or the last entry seen before a reconnect, isn't there any more. */
  onGap?: (reason: GapReason) => void;
}

/**
 * Why a follower couldn't go on where it was; it goes on with the oldest entry there is.
 *
 * `expired`: the log has dropped what came next. `other-log`: at that offset is another entry or
 * none, so this is another log of the same name.
 */
export type GapReason = 'expired' | 'other-log';

/** A running follower of a log. */
export interface Follower {
  /** Resolves once everything that was in the log when following began has been handled. Rejects with `CLOSED` when it's closed before. */
  readonly caughtUp: Promise<void>;
  /** Handles no more entries. Idempotent. */
  close(): Promise<void>;
}

/** A lock that's held. */
export interface Lock {
  /** Resolves with the reason when it's held no more, be it by `release` or for want of a connection. */
  readonly lost: Promise<string>;
  /** Gives it to the next one. Idempotent. */
  release(): Promise<void>;
}

/** Where the bus writes one line for each change of state. Pino fits. */
export interface BusLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
