import type { ConsumeMessage } from 'amqplib';
import { createEvent } from '../cloud-event.ts';
import type { Log } from '../topology.ts';
import { messageOf } from './message.ts';
import type { Publisher } from './publisher.ts';

/** Counts from the broker's confirm of the marker. */
const MARKER_DEADLINE_MS = 10_000;
const TICK_MS = 200;
/** Counted in ticks, not in time: a suspended process must not mistake unread entries for silence. */
const QUIET_TICKS = 5;

export interface LogEndOptions {
  log: Log;
  publisher: Publisher;
  /** The CloudEvents `source` of the marker. */
  source: string;
  /** The offset of the last known entry. Default −1, for none. */
  lastOffset?: number;
}

/**
 * Finds the end of a log. Its caller consumes the log from near the end and passes each entry to `see`.
 *
 * The end is the offset of a newly published marker. Silence alone doesn't show the end: a reader at
 * an offset that the log will only reach next year gets no entries either. But while the broker
 * blocks publishers the log doesn't grow, and after a period of silence the last delivered entry is
 * the end.
 */
export class LogEnd {
  readonly #options: LogEndOptions;
  readonly #marker;
  readonly #first = Promise.withResolvers<number | undefined>();
  readonly #end = Promise.withResolvers<number>();
  #last: number;
  #quietTicks = 0;
  #isOver = false;
  #ticking: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(options: LogEndOptions) {
    this.#options = options;
    this.#marker = createEvent(options.log.marker, {}, { source: options.source });
    this.#last = options.lastOffset ?? -1;
    this.#first.promise.catch(() => {});
    this.#end.promise.catch(() => {});
  }

  /** Resolves with the offset of the first delivered entry; with undefined when the log is empty. */
  get first(): Promise<number | undefined> {
    return this.#first.promise;
  }

  /** Resolves with the offset of the last entry; −1 when the log is empty. Rejects when the search fails. */
  get offset(): Promise<number> {
    return this.#end.promise;
  }

  /** Begins the search. n.b. the consumer must already be open, or it may miss the marker. */
  search(): void {
    const { log, publisher } = this.#options;
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    const correlation = { eventType: log.marker, correlationId: undefined };
    publisher.publish(messageOf(this.#marker, correlation)).then(
      () => this.#awaitMarker(),
      (error: unknown) => this.giveUp(error),
    );
  }

  /** Accepts an entry from the consumer. */
  see(message: ConsumeMessage, offset: number): void {
    if (this.#isOver) return;
    this.#last = offset;
    this.#quietTicks = 0;
    this.#first.resolve(offset);
    if (message.properties.messageId === this.#marker.id) this.#find(offset);
  }

  /** Ends the search and rejects; does nothing after the search has ended. */
  giveUp(error: unknown): void {
    this.#stop();
    this.#first.reject(error);
    this.#end.reject(error);
  }

  #awaitMarker(): void {
    if (this.#isOver) return;
    const { log } = this.#options;
    const complaint = `${log.name} didn't deliver its marker within ${MARKER_DEADLINE_MS} ms`;
    this.#deadline = setTimeout(() => this.giveUp(new Error(complaint)), MARKER_DEADLINE_MS);
  }

  #tick(): void {
    this.#quietTicks = this.#options.publisher.isBlocked ? this.#quietTicks + 1 : 0;
    if (this.#quietTicks >= QUIET_TICKS) this.#find(this.#last);
  }

  #find(offset: number): void {
    this.#stop();
    this.#first.resolve(undefined);
    this.#end.resolve(offset);
  }

  #stop(): void {
    this.#isOver = true;
    clearInterval(this.#ticking);
    clearTimeout(this.#deadline);
  }
}
