import { randomBytes } from 'node:crypto';
import { BEFORE, type Cursor, fingerprintOf } from './cursor.ts';
import { Deque } from './deque.ts';
import { Entry, type HubEntry, type PositionedEntry } from './entry.ts';
import { Slabs } from './slabs.ts';

/** The result of locating a cursor: the index of the next entry to read, or the reason that it's unknown. */
export type Location =
  | { readonly kind: 'found'; readonly next: number }
  | { readonly kind: 'ahead' }
  | { readonly kind: 'gap'; readonly reason: 'expired' | 'other-log'; readonly next: number };

/**
 * The newest entries of a log, bounded by the memory that their frames, keys, facets and objects use.
 * A burst may use twice that memory until the next `trim`, and two partly used slabs come on top.
 * Entries have a dense index of this process, since the offsets of a log have holes.
 */
export class History {
  readonly #maxBytes: number;
  readonly #slabs: Slabs;
  /** The index of the entry with each key. */
  readonly #keys = new Map<string, number>();
  #entries = new Deque<Entry>();
  #oldest = 0;
  #bytes = 0;
  /** Index of the first entry after the last `clear`. */
  #first = 0;
  /** The position before that entry, which may not exist yet. No other process has the same cursor. */
  #origin = createOrigin();

  constructor({ maxBytes }: { maxBytes: number }) {
    this.#maxBytes = maxBytes;
    this.#slabs = new Slabs({ totalBytes: maxBytes });
  }

  /** Index of the oldest entry. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Index of the next entry to be appended. */
  get next(): number {
    return this.#oldest + this.#entries.length;
  }

  /** Memory that the entries use, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The cursor of a subscriber that is caught up. */
  get newestCursor(): Cursor {
    return this.at(this.next - 1) ?? this.#origin;
  }

  at(index: number): Entry | undefined {
    return index < this.#oldest ? undefined : this.#entries.at(index - this.#oldest);
  }

  /** The index of the entry with a key; undefined if the history doesn't hold the entry. */
  indexOfKey(key: string): number | undefined {
    return this.#keys.get(key);
  }

  append(hubEntry: HubEntry): void {
    const positioned = withFingerprint(hubEntry);
    const { data, key, ...position } = positioned;
    const isRepeated = key !== undefined && this.#keys.has(key);
    const entry =
      data !== undefined && !isRepeated
        ? Entry.shown({ ...positioned, data }, this.#slabs)
        : Entry.hidden(isRepeated ? position : positioned);
    if (entry.key !== undefined) this.#keys.set(entry.key, this.next);
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
    while (this.#bytes > this.#maxBytes * 2 && this.#entries.length > 1) this.#dropOldest();
  }

  get isFull(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  /** Drops the oldest entries until the history is within its bound, except entries from the index `keepFrom` on. */
  trim({ keepFrom }: { keepFrom: number }): void {
    while (this.isFull && this.#entries.length > 1 && this.#oldest < keepFrom) this.#dropOldest();
  }

  /** Drops all entries. The index continues. */
  clear(): void {
    this.#oldest = this.next;
    this.#first = this.next;
    this.#origin = createOrigin();
    this.#entries = new Deque();
    this.#bytes = 0;
    this.#keys.clear();
  }

  /** Finds the entry after a cursor. */
  locate(cursor: Cursor): Location {
    if (cursor.fingerprint === this.#origin.fingerprint) return this.#locateOrigin();
    const index = this.#firstFrom(cursor.offset);
    const entry = this.at(index);
    if (entry === undefined) {
      const newest = this.at(index - 1);
      const isAtEnd = cursor.fingerprint === BEFORE && cursor.offset - 1 === newest?.offset;
      return isAtEnd ? { kind: 'found', next: this.next } : { kind: 'ahead' };
    }
    if (cursor.fingerprint === BEFORE) {
      const isComplete = index > this.#oldest || entry.offset === cursor.offset;
      return isComplete
        ? { kind: 'found', next: index }
        : { kind: 'gap', reason: 'expired', next: index };
    }
    if (entry.offset === cursor.offset && entry.fingerprint === cursor.fingerprint) {
      return { kind: 'found', next: index + 1 };
    }
    if (index === this.#oldest && cursor.offset < entry.offset) {
      return { kind: 'gap', reason: 'expired', next: this.#oldest };
    }
    return { kind: 'gap', reason: 'other-log', next: this.next };
  }

  /** The cursor of a subscriber whose next entry is at an index. */
  cursorBefore(index: number): Cursor {
    const previous = this.at(index - 1);
    if (previous !== undefined) return previous;
    const entry = this.at(index);
    return entry === undefined ? this.#origin : { offset: entry.offset, fingerprint: BEFORE };
  }

  #locateOrigin(): Location {
    return this.#oldest === this.#first
      ? { kind: 'found', next: this.#first }
      : { kind: 'gap', reason: 'expired', next: this.#oldest };
  }

  /** Index of the first entry at or after an offset, by binary search. */
  #firstFrom(offset: number): number {
    let low = this.#oldest;
    let high = this.next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.at(middle)?.offset ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #dropOldest(): void {
    const entry = this.#entries.shift();
    if (entry === undefined) return;
    this.#oldest += 1;
    this.#bytes -= entry.bytes;
    if (entry.key !== undefined) this.#keys.delete(entry.key);
  }
}

function withFingerprint(entry: HubEntry): PositionedEntry {
  if (entry.fingerprint !== undefined) return entry as PositionedEntry;
  return { ...entry, fingerprint: fingerprintOf(entry.data ?? '') };
}

function createOrigin(): Cursor {
  return { offset: 0, fingerprint: randomBytes(6).toString('hex') };
}
