import type { Position } from '@quotewire/bus';
import { encodeIds, MAX_BATCH_IDS } from '@quotewire/events';

/** The limit of sealed chunks: a million entries in about 30 MB. */
const MAX_SEALED = 400;

/** Consecutive entries of `quotes.log`, with the ids of the quotes among them. */
interface Chunk {
  readonly ids: string;
  readonly offsets: Float64Array;
  readonly upTo: Position;
  /** The number of its entries that no batch covers yet. */
  left: number;
}

/**
 * The newest part of `quotes.log`, which no batch of `published.log` covers yet: a batch covers all
 * entries up to its position. Entries are collected in chunks of 2,500; a full chunk is sealed, and
 * becomes a batch.
 */
export class UncoveredEntries {
  /** Full chunks, oldest first. */
  #sealed: Chunk[] = [];
  /** The ids and the offsets of the chunk that isn't full yet. */
  #ids: string[] = [];
  #offsets: number[] = [];
  /** The offset up to which batches cover the log. */
  #covered = -1;
  #sealedLeft = 0;
  #isFull = false;

  /** The number of uncovered entries: quotes, and states of sources. */
  get size(): number {
    return this.#sealedLeft + this.#offsets.length - countUpTo(this.#offsets, this.#covered);
  }

  /** Whether the limit is reached and later entries are dropped: batches that skip entries would leave a hole. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Adds the log's next entry, with its id if the entry is a quote. */
  add({ offset, fingerprint }: Position, id?: string): void {
    if (this.#isFull) return;
    this.#offsets.push(offset);
    if (id !== undefined) this.#ids.push(id);
    // n.b. counts entries of any type, so that the quotes among them fit in a batch
    if (this.#offsets.length < MAX_BATCH_IDS) return;
    const offsets = Float64Array.from(this.#offsets);
    this.#sealed.push({
      ids: encodeIds(this.#ids),
      offsets,
      upTo: { offset, fingerprint },
      left: 0,
    });
    this.#ids = [];
    this.#offsets = [];
    this.#isFull = this.#sealed.length >= MAX_SEALED;
    this.cover(this.#covered);
  }

  /** The next batch; undefined while fewer than `keep` entries would remain. */
  next({ keep }: { keep: number }): Pick<Chunk, 'ids' | 'upTo'> | undefined {
    const [chunk] = this.#sealed;
    return chunk !== undefined && this.size - chunk.left >= keep ? chunk : undefined;
  }

  /** Marks all entries up to an offset as covered. A partly covered chunk is kept whole: a duplicate id is harmless. */
  cover(offset: number): void {
    this.#covered = Math.max(this.#covered, offset);
    this.#sealed = this.#sealed.filter(({ upTo }) => upTo.offset > this.#covered);
    this.#sealedLeft = 0;
    for (const chunk of this.#sealed) {
      chunk.left = chunk.offsets.length - countUpTo(chunk.offsets, this.#covered);
      this.#sealedLeft += chunk.left;
    }
  }

  clear(): void {
    this.#sealed = [];
    this.#ids = [];
    this.#offsets = [];
    this.#covered = -1;
    this.#sealedLeft = 0;
    this.#isFull = false;
  }
}

/** Counts the offsets up to `offset` in an ascending list by binary search. */
function countUpTo(offsets: ArrayLike<number>, offset: number): number {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((offsets[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
