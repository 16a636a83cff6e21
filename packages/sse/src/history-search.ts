import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Cursor, formatCursor, parseCursor } from './cursor.ts';
import type { HistoryEntry } from './entry.ts';
import { type Filter, matchCost, matches, NO_FILTER } from './filter.ts';
import type { History } from './history.ts';

export interface SearchOptions<T> {
  /** The maximum number of results. */
  limit: number;
  /** Only entries before the one with this key or cursor. Default: from the newest. */
  before?: string | undefined;
  filter?: Filter;
  /** Returns the result for an entry that the filter accepts, or undefined to skip it. */
  read: (entry: HistoryEntry, frame: Buffer) => T | undefined;
  /** Whether anybody still waits for the result; asked before each slice. */
  isWanted?: () => boolean;
}

export interface SearchResult<T> {
  /** Newest first. */
  readonly found: T[];
  /** The `before` of a search that continues this one; undefined if the history has nothing older. */
  readonly before: string | undefined;
}

/** Comparisons in one turn of the event loop, which also serves the streams: about a millisecond. */
const SLICE_COST = 5_000;
/** Comparisons in one search, about a fifth of a second: who searches a long history continues with `before`. */
const MAX_COST = 1_000_000;
/** Bytes of a frame whose reading costs as much as one comparison. */
const BYTES_PER_COST = 16;
const MAX_SEARCHES = 100;

/**
 * Searches a history backwards, in slices. All searches together run one slice in each turn of the
 * event loop, so that any number of them delays the streams as little as one.
 */
export class HistorySearch {
  readonly #history: History;
  readonly #maxCost: number;
  #turn: Promise<unknown> = Promise.resolve();
  #running = 0;

  constructor(history: History, { maxCost = MAX_COST }: { maxCost?: number } = {}) {
    this.#history = history;
    this.#maxCost = maxCost;
  }

  /** Finds entries. Rejects with status code 503 while too many searches run. */
  async find<T>({
    limit,
    before,
    filter = NO_FILTER,
    read,
    isWanted = () => true,
  }: SearchOptions<T>): Promise<SearchResult<T>> {
    if (this.#running >= MAX_SEARCHES) {
      const message = `${MAX_SEARCHES} searches are running: try again`;
      throw Object.assign(new Error(message), { statusCode: 503 });
    }
    this.#running += 1;
    try {
      const history = this.#history;
      const entryCost = matchCost(filter);
      const found: T[] = [];
      let last: Cursor | undefined;
      let index = this.#endBefore(before) - 1;
      let cost = 0;
      while (found.length < limit && cost < this.#maxCost && index >= history.oldest) {
        await this.#nextSlice();
        if (!isWanted()) break;
        const end = Math.min(cost + SLICE_COST, this.#maxCost);
        for (; found.length < limit && cost < end && index >= history.oldest; index -= 1) {
          const entry = history.at(index);
          if (entry === undefined) continue;
          last = { offset: entry.offset, fingerprint: entry.fingerprint };
          cost += entryCost;
          const { frame } = entry;
          if (frame === undefined || !matches(filter, entry.facets)) continue;
          cost += frame.byteLength / BYTES_PER_COST;
          const result = read(entry, frame);
          if (result !== undefined) found.push(result);
        }
      }
      const hasOlder = index >= history.oldest && last !== undefined;
      return { found, before: hasOlder && last ? formatCursor(last) : undefined };
    } finally {
      this.#running -= 1;
    }
  }

  /** The index after the newest entry to examine. */
  #endBefore(before: string | undefined): number {
    const history = this.#history;
    if (before === undefined) return history.next;
    const index = history.indexOfKey(before);
    const cursor = parseCursor(before);
    if (index !== undefined || cursor === undefined) return index ?? history.oldest;
    const location = history.locate(cursor);
    if (location.kind === 'ahead') return history.next;
    return location.kind === 'found' ? location.next - 1 : history.oldest;
  }

  #nextSlice(): Promise<unknown> {
    this.#turn = this.#turn.then(() => nextTurn());
    return this.#turn;
  }
}
