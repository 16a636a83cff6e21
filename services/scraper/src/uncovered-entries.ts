import type { Position } from '@quotewire/bus';
import { encodeIds, MAX_BATCH_IDS } from '@quotewire/events';

/** The fewest old entries that become a batch: each start reads all batches. */
const MIN_OLD = 250;
/** The limit of sealed chunks: a million entries in about 30 MB. */
const MAX_SEALED = 400;

/** Consecutive entries of `quotes.log`, with the ids of the quotes among them. */
interface Chunk {
  readonly ids: string;
  readonly offsets: Float64Array;
  readonly upTo: Position;
  /** When its last entry was published, in ms since 1970. */
  readonly atMs: number;
  /** The number of its entries that no batch covers yet. */
  left: number;
}

/** An entry of the chunk that isn't full yet. */
interface OpenEntry {
  readonly position: Position;
  readonly id: string | undefined;
  /** When it was published, in ms since 1970. */
  readonly atMs: number;
}

/**
 * The newest part of `quotes.log`, which no batch of `published.log` covers yet: a batch covers all
 * entries up to its position. Entries are collected in chunks of 2,500; a full chunk is sealed, and
 * becomes a batch. So does a smaller chunk of old entries, so that a start doesn't read months of a
 * quiet log again.
 */
export class UncoveredEntries {
  /** Full chunks, oldest first. */
  #sealed: Chunk[] = [];
  /** The chunk that isn't full yet. */
  #open: OpenEntry[] = [];
  /** The offset up to which batches cover the log. */
  #covered = -1;
  #sealedLeft = 0;
  #isFull = false;
  /** Entries published earlier are old. */
  #oldBeforeMs = 0;

  /** The number of uncovered entries: quotes, and states of sources. */
  get size(): number {
    return (
      this.#sealedLeft +
      this.#open.length -
      countUpTo(this.#open, this.#covered, ({ position }) => position.offset)
    );
  }

  /** Whether the next batch has old entries only. */
  get hasOld(): boolean {
    const [chunk] = this.#sealed;
    return chunk !== undefined && chunk.atMs < this.#oldBeforeMs;
  }

  /** Whether the limit is reached and later entries are dropped: batches that skip entries would leave a hole. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Adds the log's next entry, published at `atMs`, with its id if the entry is a quote. */
  add(position: Position, { id, atMs }: { id?: string | undefined; atMs: number }): void {
    if (this.#isFull) return;
    this.#open.push({ position, id, atMs });
    // n.b. counts entries of any type, so that the quotes among them fit in a batch
    if (this.#open.length >= MAX_BATCH_IDS) this.#seal(this.#open.length);
  }

  /** Entries published before `beforeMs` are old from now on. Seals those of the open chunk, if there are at least `MIN_OLD` of them. */
  sealOld({ beforeMs }: { beforeMs: number }): void {
    this.#oldBeforeMs = beforeMs;
    // the last one is checked first: most calls find a young one
    if ((this.#open[MIN_OLD - 1]?.atMs ?? beforeMs) >= beforeMs) return;
    const young = this.#open.findIndex(({ atMs }) => atMs >= beforeMs);
    this.#seal(young === -1 ? this.#open.length : young);
  }

  #seal(count: number): void {
    const entries = this.#open.slice(0, count);
    const last = entries.at(-1);
    if (last === undefined) return;
    this.#sealed.push({
      ids: encodeIds(entries.flatMap(({ id }) => id ?? [])),
      offsets: offsetsOf(entries),
      upTo: last.position,
      atMs: last.atMs,
      left: 0,
    });
    this.#open = this.#open.slice(count);
    this.#isFull = this.#sealed.length >= MAX_SEALED;
    this.cover(this.#covered);
  }

  /** The next batch; undefined while fewer than `keep` entries would remain, unless its entries are old. */
  next({ keep }: { keep: number }): Pick<Chunk, 'ids' | 'upTo'> | undefined {
    const [chunk] = this.#sealed;
    if (chunk === undefined) return undefined;
    return this.hasOld || this.size - chunk.left >= keep ? chunk : undefined;
  }

  /** Marks all entries up to an offset as covered. A partly covered chunk is kept whole: a duplicate id is harmless. */
  cover(offset: number): void {
    this.#covered = Math.max(this.#covered, offset);
    this.#sealed = this.#sealed.filter(({ upTo }) => upTo.offset > this.#covered);
    this.#sealedLeft = 0;
    for (const chunk of this.#sealed) {
      chunk.left = chunk.offsets.length - countUpTo(chunk.offsets, this.#covered, Number);
      this.#sealedLeft += chunk.left;
    }
  }

  clear(): void {
    this.#sealed = [];
    this.#open = [];
    this.#covered = -1;
    this.#sealedLeft = 0;
    this.#isFull = false;
  }
}

function offsetsOf(entries: readonly OpenEntry[]): Float64Array {
  return Float64Array.from(entries, ({ position }) => position.offset);
}

/** Counts the offsets up to `offset` in an ascending list by binary search. */
function countUpTo<T>(list: ArrayLike<T>, offset: number, offsetOf: (item: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = list[middle];
    if (item !== undefined && offsetOf(item) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
