import { BEFORE, type Cursor, formatCursor } from './cursor.ts';
import { type Facets, normalFacets } from './filter.ts';
import { encodeFrame } from './frame.ts';

/** What a log hands to the history. */
export interface LogEntry extends Cursor {
  /** The name of the event; without data the entry only has a place in the log. */
  event?: string;
  /** What browsers receive, on one line. */
  data?: string;
  /** Entries with the same key are the same thing: only the first that's held is shown. */
  key?: string;
  /** What subscribers may filter by. */
  facets?: Facets;
  /** For those who read the raw stream. */
  comment?: string;
}

/** An entry as it's held: its frame is encoded once, for all subscribers. */
export interface HistoryEntry extends Cursor {
  readonly event: string | undefined;
  readonly key: string | undefined;
  /** In normal form. */
  readonly facets: Facets | undefined;
  readonly frame: Buffer | undefined;
}

/** Where a cursor points: the index of the next entry to read, or why that can't be told. */
export type Location =
  | { readonly kind: 'found'; readonly next: number }
  | { readonly kind: 'ahead' }
  | { readonly kind: 'gap'; readonly reason: 'expired' | 'other-log'; readonly next: number };

/** What an entry takes beside its frame, in bytes, about. */
const ENTRY_OVERHEAD_BYTES = 200;

/**
 * The newest entries of a log, bounded in bytes whenever it's trimmed. Entries are numbered by a
 * dense index of this process, since a log's own offsets have holes.
 */
export class History {
  readonly #maxBytes: number;
  readonly #keys = new Set<string>();
  #entries: HistoryEntry[] = [];
  /** Index of the first element of `#entries`. */
  #base = 0;
  /** How many elements of `#entries` were dropped already. */
  #dropped = 0;
  #bytes = 0;

  constructor({ maxBytes }: { maxBytes: number }) {
    this.#maxBytes = maxBytes;
  }

  /** Index of the oldest entry. */
  get oldest(): number {
    return this.#base + this.#dropped;
  }

  /** Index that the next entry will get. */
  get next(): number {
    return this.#base + this.#entries.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get newestCursor(): Cursor {
    return this.at(this.next - 1) ?? { offset: 0, fingerprint: BEFORE };
  }

  at(index: number): HistoryEntry | undefined {
    return index < this.oldest ? undefined : this.#entries[index - this.#base];
  }

  append({ offset, fingerprint, event, data, key, facets, comment }: LogEntry): void {
    const isRepeated = key !== undefined && this.#keys.has(key);
    const isShown = data !== undefined && !isRepeated;
    const id = formatCursor({ offset, fingerprint });
    const entry = {
      offset,
      fingerprint,
      event: isShown ? event : undefined,
      key: isRepeated ? undefined : key,
      facets: isShown && facets !== undefined ? normalFacets(facets) : undefined,
      frame: isShown ? encodeFrame({ comment, id, event, data }) : undefined,
    };
    this.#entries.push(entry);
    if (entry.key !== undefined) this.#keys.add(entry.key);
    this.#bytes += sizeOf(entry);
  }

  get isFull(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  /** Drops the oldest entries that are too many, but for those from an index on as long as they take no more than as much again. */
  trim({ keepFrom }: { keepFrom: number }): void {
    while (this.isFull && this.next - this.oldest > 1) {
      if (this.oldest >= keepFrom && this.#bytes <= this.#maxBytes * 2) return;
      this.#dropOldest();
    }
  }

  /** Forgets all entries; the next one gets the next index all the same. */
  clear(): void {
    this.#base = this.next;
    this.#dropped = 0;
    this.#entries = [];
    this.#bytes = 0;
    this.#keys.clear();
  }

  /** Where to read on after a cursor. */
  locate(cursor: Cursor): Location {
    const index = this.#firstFrom(cursor.offset);
    const entry = this.at(index);
    if (entry === undefined) {
      const isAtEnd =
        cursor.fingerprint === BEFORE && cursor.offset === this.newestCursor.offset + 1;
      return isAtEnd ? { kind: 'found', next: this.next } : { kind: 'ahead' };
    }
    if (cursor.fingerprint === BEFORE) {
      const isComplete = index > this.oldest || entry.offset === cursor.offset;
      return isComplete
        ? { kind: 'found', next: index }
        : { kind: 'gap', reason: 'expired', next: index };
    }
    if (entry.offset === cursor.offset && entry.fingerprint === cursor.fingerprint) {
      return { kind: 'found', next: index + 1 };
    }
    if (index === this.oldest && cursor.offset < entry.offset) {
      return { kind: 'gap', reason: 'expired', next: this.oldest };
    }
    return { kind: 'gap', reason: 'other-log', next: this.next };
  }

  /** The index from which `count` entries are shown that `counts` accepts, or all that are held. */
  indexOfNewest(count: number, counts: (entry: HistoryEntry) => boolean): number {
    let index = this.next;
    for (let left = count; left > 0 && index > this.oldest;) {
      index -= 1;
      const entry = this.at(index);
      if (entry?.frame !== undefined && counts(entry)) left -= 1;
    }
    return index;
  }

  /** The cursor of a subscriber that reads on at an index. */
  cursorBefore(index: number): Cursor {
    const previous = this.at(index - 1);
    if (previous !== undefined) return previous;
    return { offset: this.at(index)?.offset ?? 0, fingerprint: BEFORE };
  }

  /** Index of the first entry at or after an offset: a binary search. */
  #firstFrom(offset: number): number {
    let low = this.oldest;
    let high = this.next;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.at(middle)?.offset ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #dropOldest(): void {
    const entry = this.at(this.oldest);
    if (entry === undefined) return;
    this.#bytes -= sizeOf(entry);
    if (entry.key !== undefined) this.#keys.delete(entry.key);
    this.#dropped += 1;
    // removing one by one would move the whole array each time
    if (this.#dropped >= 1_024 && this.#dropped * 2 >= this.#entries.length) {
      this.#base = this.oldest;
      this.#entries = this.#entries.slice(this.#dropped);
      this.#dropped = 0;
    }
  }
}

function sizeOf({ frame }: HistoryEntry): number {
  return ENTRY_OVERHEAD_BYTES + (frame?.byteLength ?? 0);
}
