import type { Connection } from './connection.ts';
import type { Cursor } from './cursor.ts';
import type { FrameBatch } from './frame.ts';
import type { NewestSearch } from './newest-search.ts';
import type { Gap, ResumePoint } from './resume-point.ts';
import type { FilteredHistory } from './filtered-history.ts';

/** The state of one browser: an index into the shared history, without a queue of its own. */
export class Subscriber {
  readonly connection: Connection;
  readonly filtered: FilteredHistory;
  readonly address: string | undefined;
  /** Index of the next entry to read. */
  next: number;
  /** Index from which on the browser has received all frames, and nothing else since. */
  windowFrom: number;
  /** Set while the cursor is ahead of this process. */
  awaits: Cursor | undefined;
  /** Set while a gap before `next` hasn't been written. */
  gap: Gap | undefined;
  /** Set until the search has found the first of the newest entries. */
  search: NewestSearch | undefined;
  /** When the socket became full, or last made progress; by the monotonic clock, in ms. */
  #blockedSince: number | undefined;
  /** Bytes pending at the last check. */
  #pendingBytes = 0;

  constructor(
    { connection, filtered, address }: Pick<Subscriber, 'connection' | 'filtered' | 'address'>,
    point: ResumePoint,
  ) {
    this.connection = connection;
    this.filtered = filtered;
    this.address = address;
    this.next = point.next;
    this.windowFrom = point.next;
    this.awaits = point.awaits;
    this.gap = point.gap;
    this.search = point.search;
  }

  /** Whether the socket is full. */
  get isBlocked(): boolean {
    return this.#blockedSince !== undefined;
  }

  /** Time without progress of a full socket, in ms, as accurate as the interval between calls. */
  stalledMs(now: number): number {
    if (this.#blockedSince === undefined) return 0;
    const { pendingBytes } = this.connection;
    if (pendingBytes < this.#pendingBytes) this.#blockedSince = now;
    this.#pendingBytes = pendingBytes;
    return now - this.#blockedSince;
  }

  moveTo({ next, gap, awaits, search }: ResumePoint): void {
    this.next = next;
    this.windowFrom = next;
    this.gap = gap;
    this.awaits = awaits;
    this.search = search;
  }

  /** Writes frames that aren't entries. Returns the batch in the form that was written. */
  writeOwn(batch: FrameBatch): FrameBatch {
    const form = this.connection.isCompressed ? batch.stored : batch;
    this.windowFrom = this.next;
    this.write(form);
    return form;
  }

  write(batch: FrameBatch): void {
    if (this.connection.write(batch) || this.isBlocked) return;
    this.#blockedSince = performance.now();
    this.#pendingBytes = this.connection.pendingBytes;
  }

  unblock(): void {
    this.#blockedSince = undefined;
  }
}
