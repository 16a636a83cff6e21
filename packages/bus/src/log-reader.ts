import { BadEntries } from './bad-entries.ts';
import type { BusLogger, EntryHandler, FollowOptions, GapReason, LogStatus } from './bus.ts';
import { type CloudEvent, decodeEvent, type InvalidMessageError } from './cloud-event.ts';
import type { BusCount } from './counters.ts';
import type { EventOf, EventType } from './event-type.ts';
import { fingerprintOf, type Position } from './position.ts';
import type { Log } from './topology.ts';

export interface LogReaderOptions<E extends EventType> extends FollowOptions {
  log: Log<E>;
  handle: EntryHandler<E>;
  logger: BusLogger;
  count: BusCount;
}

/** Reads the entries of a log, whichever bus delivers them: tracks the position and decodes each entry. */
export class LogReader<E extends EventType> {
  readonly #options: LogReaderOptions<E>;
  readonly #eventTypes: readonly (E | EventType)[];
  readonly #badEntries: BadEntries;
  #position: Position | undefined;
  #publishedAtMs: number | undefined;

  /** Throws a `RangeError` when the offset or `newest` is no integer from 0. */
  constructor(options: LogReaderOptions<E>) {
    const { log, logger, after, newest } = options;
    assertCount(after?.offset, 'the offset to follow after');
    assertCount(newest, 'the number of newest entries');
    this.#options = options;
    this.#eventTypes = [...log.events, log.marker];
    this.#badEntries = new BadEntries(log.name, logger);
    this.#position = options.after;
  }

  /** The last entry handled, after which reading resumes; undefined to begin with the oldest entry, or with the `newest`. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** When the last valid entry was published, in ms since 1970; undefined before the first. */
  get publishedAtMs(): number | undefined {
    return this.#publishedAtMs;
  }

  get logName(): string {
    return this.#options.log.name;
  }

  /** The number of newest entries to begin with; undefined to begin with the oldest entry. */
  get newest(): number | undefined {
    return this.#options.newest;
  }

  /** Reads one entry. An invalid entry is counted and handled without an event; an error of the handler is logged. */
  read(entry: { offset: number; body: Buffer; contentType: string | undefined }): void {
    const { log, handle, logger } = this.#options;
    const position = { offset: entry.offset, fingerprint: fingerprintOf(entry.body) };
    const event = this.#decode(entry);
    this.#position = position;
    try {
      handle(event === undefined ? position : { ...position, event });
    } catch (err) {
      logger.error(
        { log: log.name, offset: entry.offset, err },
        'the handler of a log entry threw',
      );
    }
  }

  /** Whether this is the last entry handled. */
  isAtPosition(entry: { offset: number; body: Buffer }): boolean {
    return (
      entry.offset === this.#position?.offset &&
      fingerprintOf(entry.body) === this.#position.fingerprint
    );
  }

  /** Reports a gap before the next entry, and forgets the position. */
  skip(reason: GapReason): void {
    const { log, logger, count, onGap } = this.#options;
    this.#position = undefined;
    count('amqp_log_gaps_total', { log: log.name, reason });
    logger.warn({ log: log.name, reason }, "can't resume the log at its last position");
    try {
      onGap?.(reason);
    } catch (err) {
      logger.error({ log: log.name, err }, 'the handler of a gap threw');
    }
  }

  /** Logs the last summary of invalid entries. */
  close(): void {
    this.#badEntries.summarize();
  }

  #decode(entry: {
    offset: number;
    body: Buffer;
    contentType: string | undefined;
  }): EventOf<E> | undefined {
    const { log, count } = this.#options;
    try {
      const event: CloudEvent = decodeEvent(entry, this.#eventTypes);
      const isMarker = event.type === log.marker.type;
      this.#publishedAtMs = Date.parse(event.time);
      count('amqp_log_entries_total', { log: log.name, outcome: isMarker ? 'marker' : 'event' });
      return isMarker ? undefined : (event as EventOf<E>);
    } catch (error) {
      const { reason, message } = error as InvalidMessageError;
      count('amqp_log_entries_total', { log: log.name, outcome: reason });
      this.#badEntries.add({ offset: entry.offset, reason, detail: message });
      return undefined;
    }
  }
}

export function statusOf<E extends EventType>(
  { logName: log, position, publishedAtMs }: LogReader<E>,
  { isCaughtUp }: { isCaughtUp: boolean },
): LogStatus {
  return { log, isCaughtUp, offset: position?.offset, publishedAtMs };
}

/** n.b. RabbitMQ closes the whole connection when an offset isn't an integer. */
function assertCount(value: number | undefined, what: string): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
    throw new RangeError(`${what} is ${value}: it must be an integer from 0 to 2^53 - 1`);
  }
}
