import type { BusLogger, EntryHandler, FollowOptions, GapReason } from './bus.ts';
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

/** What following a log is, whichever broker the entries come from: where reading stands, and what each entry means. */
export class LogReader<E extends EventType> {
  readonly #options: LogReaderOptions<E>;
  #position: Position | undefined;

  constructor(options: LogReaderOptions<E>) {
    this.#options = options;
    this.#position = options.after;
  }

  /** The last entry handled, and so where to go on; undefined to begin with the oldest. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** Takes one entry; a bad one is counted and gets no event, a throwing handler stops nothing. */
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

  /** Whether this is the entry where reading stopped. */
  isAtPosition(entry: { offset: number; body: Buffer }): boolean {
    return (
      entry.offset === this.#position?.offset &&
      fingerprintOf(entry.body) === this.#position.fingerprint
    );
  }

  /** The next entry doesn't follow on the last one. */
  skip(reason: GapReason): void {
    const { log, logger, count, onGap } = this.#options;
    this.#position = undefined;
    count('amqp_log_gaps_total', { log: log.name, reason });
    logger.warn({ log: log.name, reason }, "can't go on in the log where reading stopped");
    try {
      onGap?.(reason);
    } catch (err) {
      logger.error({ log: log.name, err }, 'the handler of a gap threw');
    }
  }

  #decode(entry: {
    offset: number;
    body: Buffer;
    contentType: string | undefined;
  }): EventOf<E> | undefined {
    const { log, logger, count } = this.#options;
    try {
      const event: CloudEvent = decodeEvent(entry, [...log.events, log.marker]);
      const isMarker = event.type === log.marker.type;
      count('amqp_log_entries_total', { log: log.name, outcome: isMarker ? 'marker' : 'event' });
      return isMarker ? undefined : (event as EventOf<E>);
    } catch (error) {
      const { reason, message } = error as InvalidMessageError;
      count('amqp_log_entries_total', { log: log.name, outcome: reason });
      logger.warn(
        { log: log.name, offset: entry.offset, reason, detail: message },
        'skipped a bad log entry',
      );
      return undefined;
    }
  }
}
