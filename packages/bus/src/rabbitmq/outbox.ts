import { BusError } from '../errors.ts';
import type { BusClock } from './clock.ts';
import type { OutgoingMessage } from './message.ts';

const CONFIRM_DEADLINE_MS = 30_000;
/** The confirm deadline while the bus closes. */
const SHORT_DEADLINE_MS = 5_000;
const MAX_WAITING_MESSAGES = 10_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** A message that waits for the broker's confirm. */
export interface Waiting {
  readonly message: OutgoingMessage;
  /** When the message was added, by the clock. */
  readonly since: number;
  /** Resolves on the confirm; rejects with `UNCONFIRMED` after at most 30 s. */
  readonly settled: Promise<void>;
  readonly confirm: () => void;
  /** Does nothing once the message has settled. */
  readonly fail: (error: unknown) => void;
}

interface Entry extends Waiting {
  timer: NodeJS.Timeout;
}

/** The messages that wait for the broker, in the order of publishing. Their number, their bytes and their waiting time are bounded. */
export class Outbox {
  readonly #clock: BusClock;
  readonly #entries = new Set<Entry>();
  #bytes = 0;
  #idle = Promise.withResolvers<void>();
  /** The deadline for an absent broker; undefined until the deadlines are shortened. */
  #absenceDeadline: number | undefined;

  constructor(clock: BusClock) {
    this.#clock = clock;
    this.#idle.resolve();
  }

  /** Resolves when no message waits. */
  get idle(): Promise<void> {
    return this.#idle.promise;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The waiting time of the oldest message; 0 when no message waits. */
  get oldestForMs(): number {
    const [oldest] = this.#entries;
    return oldest === undefined ? 0 : this.#clock.now() - oldest.since;
  }

  [Symbol.iterator](): Iterator<Waiting> {
    return this.#entries[Symbol.iterator]();
  }

  /** Appends a message. Throws `OVERLOADED` when too many wait. While the bus closes, all messages for an absent broker share one deadline. */
  add(message: OutgoingMessage, { isBrokerThere }: { isBrokerThere: boolean }): Waiting {
    const size = message.body.byteLength;
    if (this.#entries.size >= MAX_WAITING_MESSAGES || this.#bytes + size > MAX_WAITING_BYTES) {
      const waiting = `${this.#entries.size} events (${this.#bytes} bytes)`;
      throw new BusError('OVERLOADED', `${waiting} already wait for the broker`);
    }
    const { promise: settled, resolve, reject } = Promise.withResolvers<void>();
    const entry: Entry = {
      message,
      since: this.#clock.now(),
      settled,
      confirm: () => this.#remove(entry) && resolve(),
      fail: (error) => this.#remove(entry) && reject(error),
      timer: this.#startTimer(() => entry, this.#deadlineMs(isBrokerThere)),
    };
    if (this.#entries.size === 0) this.#idle = Promise.withResolvers();
    this.#entries.add(entry);
    this.#bytes += size;
    return entry;
  }

  /** Shortens the deadline of all messages, present and future, to 5 s. */
  shortenDeadlines(): void {
    if (this.#absenceDeadline !== undefined) return;
    this.#absenceDeadline = this.#clock.now() + SHORT_DEADLINE_MS;
    for (const entry of this.#entries) {
      clearTimeout(entry.timer);
      entry.timer = this.#startTimer(() => entry, SHORT_DEADLINE_MS);
    }
  }

  #startTimer(entryOf: () => Entry, ms: number): NodeJS.Timeout {
    const giveUp = () => {
      const { message, fail } = entryOf();
      const what = `${message.routingKey} ${message.properties.messageId}`;
      fail(new BusError('UNCONFIRMED', `the broker didn't confirm ${what} in time`));
    };
    return setTimeout(giveUp, ms);
  }

  #deadlineMs(isBrokerThere: boolean): number {
    if (this.#absenceDeadline === undefined) return CONFIRM_DEADLINE_MS;
    return isBrokerThere
      ? SHORT_DEADLINE_MS
      : Math.max(0, this.#absenceDeadline - this.#clock.now());
  }

  #remove(entry: Entry): boolean {
    if (!this.#entries.delete(entry)) return false;
    clearTimeout(entry.timer);
    this.#bytes -= entry.message.body.byteLength;
    if (this.#entries.size === 0) this.#idle.resolve();
    return true;
  }
}
