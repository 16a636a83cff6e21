import type { Follower, LogStatus } from '../bus.ts';
import { BusError } from '../errors.ts';
import type { EventType } from '../event-type.ts';
import { type LogReader, statusOf } from '../log-reader.ts';
import type { Log } from '../topology.ts';

interface Entry {
  readonly offset: number;
  readonly body: Buffer;
  readonly contentType: string;
}

/** A log in memory, bounded in bytes: the oldest entries are dropped first. */
export class MemoryLog {
  readonly log: Log;
  readonly #entries: Entry[] = [];
  readonly #waiting = new Set<() => void>();
  #nextOffset = 0;
  #bytes = 0;

  constructor(log: Log) {
    this.log = log;
  }

  /** Returns the new entry's offset. */
  append(entry: { body: Buffer; contentType: string }): number {
    const offset = this.#nextOffset;
    this.#nextOffset += 1;
    this.#entries.push({ ...entry, offset });
    this.#bytes += entry.body.byteLength;
    while (this.#bytes > this.log.maxBytes && this.#entries.length > 1) {
      this.#bytes -= this.#entries.shift()?.body.byteLength ?? 0;
    }
    for (const wake of this.#waiting) setImmediate(wake);
    return offset;
  }

  /** Delivers the entries to a reader, which has caught up at the offset `end`. */
  follow<E extends EventType>(
    reader: LogReader<E>,
    end: number,
  ): Follower & { readonly problem: string | undefined; readonly status: LogStatus } {
    const { log } = this;
    const caughtUp = Promise.withResolvers<void>();
    caughtUp.promise.catch(() => {});
    let isClosed = false;
    let isChecked = false;
    let beginsAt = reader.newest === undefined ? 0 : end - reader.newest;
    const isCaughtUp = () => isChecked && (reader.position?.offset ?? -1) >= end;
    const wake = () => {
      if (isClosed) return;
      if (!isChecked) this.#checkPosition(reader);
      isChecked = true;
      const oldest = this.#entries[0]?.offset ?? this.#nextOffset;
      if (reader.position !== undefined && reader.position.offset + 1 < oldest) {
        reader.skip('expired');
        if (reader.newest !== undefined) beginsAt = this.#nextOffset - reader.newest;
      }
      const from = reader.position === undefined ? beginsAt : reader.position.offset + 1;
      for (const entry of this.#entries.slice(Math.max(0, from - oldest))) {
        if (isClosed) return;
        reader.read(entry);
      }
      if (isCaughtUp()) caughtUp.resolve();
    };
    this.#waiting.add(wake);
    setImmediate(wake);
    return {
      caughtUp: caughtUp.promise,
      get problem() {
        return isClosed || isCaughtUp() ? undefined : `${log.name}: not caught up`;
      },
      get status() {
        return statusOf(reader, { isCaughtUp: isCaughtUp() });
      },
      close: async () => {
        isClosed = true;
        this.#waiting.delete(wake);
        reader.close();
        caughtUp.reject(new BusError('CLOSED', `the follower of ${log.name} was closed`));
      },
    };
  }

  #checkPosition(reader: LogReader<EventType>): void {
    if (reader.position === undefined) return;
    const { offset } = reader.position;
    const entry = this.#entries.find((candidate) => candidate.offset === offset);
    if (entry === undefined) reader.skip(offset >= this.#nextOffset ? 'other-log' : 'expired');
    else if (!reader.isAtPosition(entry)) reader.skip('other-log');
  }
}
