import type { CloudEvent } from './cloud-event.ts';
import type { DataOf, EventOf, EventType } from './event-type.ts';
import type { Position } from './position.ts';
import type { Log, QueueUse, WorkQueue } from './topology.ts';

/** Carries events from publishers to the consumers of queues and the followers of logs. */
export interface Bus {
  /**
   * Publishes an event and resolves with the event once the broker has confirmed it.
   * While the connection is down the event waits, up to 30 s. Rejects with a `BusError`; after
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
   * Consumes the jobs of a queue, in competition with all other consumers of the queue.
   *
   * | the handler | the job |
   * |---|---|
   * | resolves | is acknowledged |
   * | rejects with a `PermanentError` | goes to the dead-letter queue |
   * | rejects with a `PostponeError` | waits in the first retry queue; no attempt is counted |
   * | rejects with anything else | waits in the next retry queue, and after the last one goes to the dead-letter queue |
   * | never settles, because the process died | is delivered again |
   */
  consume<E extends EventType>(
    queue: WorkQueue<E>,
    handle: JobHandler<E>,
    options?: ConsumeOptions,
  ): Consumer;

  /**
   * Reads a log from a position on: the stored entries, then the new ones, without a hole between
   * the two. `handle` is called synchronously, in log order, once for each entry. Throws a
   * `RangeError` when no log can have the position in `options`.
   */
  follow<E extends EventType>(
    log: Log<E>,
    handle: EntryHandler<E>,
    options?: FollowOptions,
  ): Follower;

  /**
   * Acquires a lock that one holder among all processes has at a time; resolves with undefined when
   * another holds the lock. The lock is lost, at the latest, with the holder's connection to the
   * broker, which detects a silent holder after two to three AMQP heartbeats. Rejects without a connection.
   */
  tryLock(name: string): Promise<Lock | undefined>;

  /** The reasons why the bus isn't ready, a sentence each; empty when it is ready. */
  problems(options?: ProblemsOptions): string[];

  /** What this process knows of its connections and logs. */
  status(): BusStatus;

  /** Asks the broker for the depth of the queues; those that it doesn't tell within 2 s are missing. Never rejects. */
  measureQueues(): Promise<readonly QueueDepth[]>;

  /**
   * Shortens all deadlines for the broker to 5 s. Call it when the process begins to close, since
   * jobs in progress wait for their events. Idempotent.
   */
  shortenDeadlines(): void;

  /** Shortens the deadlines, stops consuming, waits for the jobs in progress and disconnects. Idempotent. */
  close(): Promise<void>;
}

export interface BusStatus {
  readonly connections: readonly {
    readonly role: string;
    readonly isOpen: boolean;
    /** Whether the broker blocks the connection, because it is short of memory or disk. */
    readonly isBlocked: boolean;
  }[];
  /** The number of events that wait for the broker's confirm. */
  readonly unconfirmed: number;
  /** The logs that the process follows. */
  readonly logs: readonly LogStatus[];
}

export interface LogStatus {
  readonly log: string;
  readonly isCaughtUp: boolean;
  /** The offset of the last entry read; undefined before the first. */
  readonly offset: number | undefined;
  /** When the last valid entry was published, in ms since 1970; undefined before the first. */
  readonly publishedAtMs: number | undefined;
}

export interface QueueDepth {
  readonly queue: string;
  readonly use: QueueUse;
  /** Messages that no consumer holds. */
  readonly messages: number;
  readonly consumers: number;
}

export interface ProblemsOptions {
  /** Whether problems with publishing count. Default true; a process that only reads is ready without. */
  withPublishing?: boolean;
}

export interface PublishOptions {
  /** The event that caused this one: the new event continues its trace. */
  cause?: CloudEvent | undefined;
  /** The `traceparent` of the new event. Default: a new span in the trace of `cause`. */
  traceparent?: string | undefined;
  /** AMQP's `correlationId`, which groups events in the broker's tools. */
  correlationId?: string | undefined;
}

/** Handles one job; `Bus.consume` lists the outcomes. */
export type JobHandler<E extends EventType> = (
  event: EventOf<E>,
  delivery: JobDelivery,
) => Promise<void>;

/** How a job was delivered. */
export interface JobDelivery {
  /**
   * Whether an earlier attempt may have done part of the job: an attempt failed, or a delivery was
   * never acknowledged, for example because the process died. A job that was only postponed counts
   * as not begun.
   */
  readonly isRepeat: boolean;
}

export interface ConsumeOptions {
  /** The limit of concurrent jobs. Default 1. */
  concurrency?: number;
}

/** A running consumer of a work queue. */
export interface Consumer {
  /** Stops consuming and waits for the jobs in progress. Idempotent. */
  close(): Promise<void>;
}

export type EntryHandler<E extends EventType> = (entry: LogEntry<E>) => void;

/** One entry of a log. */
export interface LogEntry<E extends EventType> extends Position {
  /** Absent for a marker and for an invalid entry, which is counted. */
  readonly event?: EventOf<E>;
}

export interface FollowOptions {
  /** The entry after which to begin. Default: begin with the oldest entry, or as `newest` says. */
  after?: Position | undefined;
  /**
   * Begin with about this many of the newest entries (markers and invalid entries count too)
   * instead of the oldest; a log may deliver somewhat more. Default: begin with the oldest. Applies
   * without a position to resume from: without `after`, and after a gap.
   */
  newest?: number | undefined;
  /** Called before the next entry when the log no longer has `after`, or the last entry read before a reconnect. */
  onGap?: (reason: GapReason) => void;
  /** Whether a bus of `withTraces` records each event that is read after `caughtUp`. Default false. */
  isTraced?: boolean;
}

/**
 * Why a follower couldn't resume at its position. It then begins like a follower without `after`:
 * with the oldest entry, or with the `newest` ones.
 *
 * `expired`: the log has dropped the next entry. `other-log`: the log has another entry at that
 * offset or none, so this is another log of the same name.
 */
export type GapReason = 'expired' | 'other-log';

/** A running follower of a log. */
export interface Follower {
  /** Resolves once all entries that were in the log at the start have been handled. Rejects with `CLOSED` when the follower is closed before. */
  readonly caughtUp: Promise<void>;
  /** Handles no more entries. Idempotent. */
  close(): Promise<void>;
}

/** A lock that this process holds. */
export interface Lock {
  /** Resolves with the reason when the lock is lost or released. */
  readonly lost: Promise<string>;
  /** Releases the lock. Idempotent. */
  release(): Promise<void>;
}

/** Receives one line for each change of state. A pino logger fits. */
export interface BusLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
