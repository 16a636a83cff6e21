import { FrameRun, type HistoryEntry } from './entry.ts';
import { type Filter, filterKey, matchCost, matches } from './filter.ts';
import type { History } from './history.ts';
import { CompressedReads, type DecoderWindow, type Dictionary } from './compressed-reads.ts';
import { batchFrames, type FrameBatch } from './frame.ts';
import { WINDOW_BYTES } from './gzip.ts';

/** Frames read from the history through a filter. */
export interface HistoryRead {
  /** Undefined if the filter accepts none of the entries. */
  readonly batch: FrameBatch | undefined;
  /** Index of the next entry to read. */
  readonly next: number;
  /** Whether entries remain. */
  readonly hasMore: boolean;
  /** Comparisons made; 0 for shared frames. */
  readonly cost: number;
}

/** The approximate maximum of a write to a socket. */
const MAX_BYTES = 64 * 1024;
/** Comparisons in one turn: a selective filter must not block the event loop for the whole history. */
const MAX_COST = 5_000;
/** Reads that are kept for sharing. Replays from different indexes share nothing, and would only use memory. */
const MAX_KEPT = 8;
/** Entries examined for a dictionary: enough to fill it with small frames that all match. */
const MAX_DICTIONARY_ENTRIES = 200;

/** The history through one filter: subscribers with equal filters share reads and frames. */
export class FilteredHistory {
  readonly filter: Filter;
  /** Comparisons for one entry. */
  readonly entryCost: number;
  /** The maximum number of entries examined in one turn. */
  readonly maxEntries: number;
  readonly inFull: boolean;
  readonly #history: History;
  readonly #kept = new Map<number, HistoryRead>();
  readonly #compressed: CompressedReads;
  /** Index from which the dictionaries of compressed batches begin at the earliest. */
  #epoch = 0;

  constructor({
    filter,
    history,
    inFull = false,
  }: {
    filter: Filter;
    history: History;
    inFull?: boolean;
  }) {
    this.#compressed = new CompressedReads({
      read: (index) => this.readFrom(index),
      dictionaryBefore: (index) => this.#dictionaryBefore(index),
    });
    this.filter = filter;
    this.inFull = inFull;
    this.entryCost = matchCost(filter);
    this.maxEntries = Math.ceil(MAX_COST / this.entryCost);
    this.#history = history;
  }

  shows(entry: HistoryEntry): boolean {
    return entry.frameBytes > 0 && matches(this.filter, entry.facets);
  }

  /** Reads the frames for subscribers whose next entry is at an index. */
  readFrom(index: number): HistoryRead {
    const kept = this.#kept.get(index);
    if (kept !== undefined) return kept;
    const read = this.#gather(index);
    if (this.#kept.size < MAX_KEPT) this.#kept.set(index, { ...read, cost: 0 });
    return read;
  }

  /** Reads the same frames, compressed for a decoder. */
  readCompressed(index: number, decoder: DecoderWindow): HistoryRead {
    return this.#compressed.readFrom(index, decoder);
  }

  /** Lets later batches repeat only frames from an index on, since few decoders have received just the frames before. */
  beginEpoch(index: number): void {
    this.#epoch = index;
  }

  /** Drops the shared frames, after each round. */
  forget(): void {
    this.#kept.clear();
    this.#compressed.forget();
  }

  #dictionaryBefore(index: number): Dictionary {
    const oldest = Math.max(this.#epoch, this.#history.oldest, index - MAX_DICTIONARY_ENTRIES);
    let from = index;
    let bytes = 0;
    for (; from > oldest && bytes < WINDOW_BYTES; from -= 1) {
      bytes += this.#history.at(from - 1)?.frameBytes ?? 0;
    }
    const run = new FrameRun(this);
    for (let at = from; at < index; at += 1) {
      const entry = this.#history.at(at);
      if (entry !== undefined && this.#sends(entry)) run.add(entry);
    }
    return { from, bytes: Buffer.concat(run.finish()) };
  }

  /** Whether an entry is sent: a hidden one, which has no facets, only in full. */
  #sends(entry: HistoryEntry): boolean {
    return (this.inFull || entry.frameBytes > 0) && matches(this.filter, entry.facets);
  }

  #gather(from: number): HistoryRead {
    const run = new FrameRun(this);
    const end = Math.min(this.#history.next, from + this.maxEntries);
    let next = from;
    for (; next < end && run.bytes < MAX_BYTES; next += 1) {
      const entry = this.#history.at(next);
      if (entry !== undefined && this.#sends(entry)) run.add(entry);
    }
    const batch = run.bytes === 0 ? undefined : batchFrames(run.finish());
    const cost = (next - from) * this.entryCost;
    return { batch, next, hasMore: next < this.#history.next, cost };
  }
}

/** The maximum number of distinct filters. */
const MAX_FILTERS = 1_000;

/** A filtered history, and the number of its subscribers. */
interface Use {
  readonly filtered: FilteredHistory;
  count: number;
}

/** The filtered histories of one history: one for each distinct filter. */
export class FilterPool {
  readonly #history: History;
  readonly #uses = new Map<string, Use>();
  #epoch = 0;
  /** For each address, the number of its subscribers by the key of their filter. */
  readonly #addresses = new Map<string, Map<string, number>>();

  constructor({ history }: { history: History }) {
    this.#history = history;
  }

  /**
   * Returns the history through a filter for one more subscriber, which `release` removes. Returns
   * undefined if there are too many filters. An address may add a filter while it has fewer filters
   * than are left, so that one address can't exhaust them. Subscribers without a filter are always
   * accepted.
   */
  acquire(
    filter: Filter,
    { address, inFull = false }: { address?: string | undefined; inFull?: boolean } = {},
  ): FilteredHistory | undefined {
    const key = keyOf({ filter, inFull });
    let use = this.#uses.get(key);
    if (use === undefined) {
      const left = MAX_FILTERS - this.#uses.size;
      const own = address === undefined ? 0 : (this.#addresses.get(address)?.size ?? 0);
      if (own >= left && filter.length > 0) return undefined;
      const history = this.#history;
      const filtered = new FilteredHistory({ filter, history, inFull });
      filtered.beginEpoch(this.#epoch);
      use = { filtered, count: 0 };
      this.#uses.set(key, use);
    }
    use.count += 1;
    if (address !== undefined && filter.length > 0) this.#countUse(key, address, 1);
    return use.filtered;
  }

  release({ filter, inFull }: FilteredHistory, address?: string): void {
    const key = keyOf({ filter, inFull });
    const use = this.#uses.get(key);
    if (use === undefined) return;
    use.count -= 1;
    if (use.count === 0) this.#uses.delete(key);
    if (address !== undefined && filter.length > 0) this.#countUse(key, address, -1);
  }

  /** Drops the frames that subscribers shared. */
  forget(): void {
    for (const { filtered } of this.#uses.values()) filtered.forget();
  }

  /** See `FilteredHistory.beginEpoch`. */
  beginEpoch(index: number): void {
    this.#epoch = index;
    for (const { filtered } of this.#uses.values()) filtered.beginEpoch(index);
  }

  #countUse(key: string, address: string, by: 1 | -1): void {
    const own = this.#addresses.get(address) ?? new Map<string, number>();
    const count = (own.get(key) ?? 0) + by;
    if (count === 0) own.delete(key);
    else own.set(key, count);
    if (own.size === 0) this.#addresses.delete(address);
    else this.#addresses.set(address, own);
  }
}

function keyOf({ filter, inFull }: Pick<FilteredHistory, 'filter' | 'inFull'>): string {
  return `${inFull ? 'full' : ''}${filterKey(filter)}`;
}
