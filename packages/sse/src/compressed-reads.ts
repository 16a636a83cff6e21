import type { HistoryRead } from './filtered-history.ts';
import { batchFrames } from './frame.ts';
import { deflateBytes } from './gzip.ts';

/** What a decoder has received: all frames from an index on, and nothing else since. */
export interface DecoderWindow {
  readonly windowFrom: number;
}

/** The frames before an index that a batch may repeat. */
export interface Dictionary {
  /** Index of the first entry. */
  readonly from: number;
  readonly bytes: Buffer;
}

/** A read with its compressed forms, each made when first needed. */
interface Kept {
  readonly read: HistoryRead;
  readonly dictionary: Dictionary;
  /** For decoders whose window has the dictionary. */
  repeating: HistoryRead | undefined;
  /** For all other decoders. */
  alone: HistoryRead | undefined;
}

/** Bytes whose compression costs as much as one comparison. */
const BYTES_PER_COST = 16;
/** The cost of starting a compression, in comparisons. */
const START_COST = 500;
const MAX_KEPT = 8;
const NOTHING = Buffer.alloc(0);

/**
 * Compresses reads of a history for any number of gzip streams, without a compressor for each: a batch
 * repeats parts of the frames before it, which the history still holds. So a batch is encoded once
 * for all subscribers whose decoders have received these frames, and once for the others.
 */
export class CompressedReads {
  readonly #read: (index: number) => HistoryRead;
  readonly #dictionaryBefore: (index: number) => Dictionary;
  readonly #kept = new Map<number, Kept>();

  constructor({
    read,
    dictionaryBefore,
  }: {
    read: (index: number) => HistoryRead;
    dictionaryBefore: (index: number) => Dictionary;
  }) {
    this.#read = read;
    this.#dictionaryBefore = dictionaryBefore;
  }

  /** Reads the frames for a subscriber whose next entry is at an index, compressed for its decoder. */
  readFrom(index: number, { windowFrom }: DecoderWindow): HistoryRead {
    const kept = this.#kept.get(index) ?? this.#keep(index);
    const { read, dictionary } = kept;
    const form = windowFrom <= dictionary.from ? 'repeating' : 'alone';
    const known = kept[form];
    if (known !== undefined) return known;
    const repeated = form === 'repeating' ? dictionary.bytes : NOTHING;
    const compressed = compress(read, repeated);
    kept[form] = { ...compressed, cost: 0 };
    return compressed;
  }

  /** Drops the shared batches, after each round. */
  forget(): void {
    this.#kept.clear();
  }

  #keep(index: number): Kept {
    const read = this.#read(index);
    const dictionary = this.#dictionaryBefore(index);
    const kept: Kept = { read, dictionary, repeating: undefined, alone: undefined };
    if (this.#kept.size < MAX_KEPT) this.#kept.set(index, kept);
    return kept;
  }
}

function compress(read: HistoryRead, dictionary: Buffer): HistoryRead {
  if (read.batch === undefined) return read;
  const { frames } = read.batch;
  const bytes = frames.byteLength + dictionary.byteLength;
  return {
    ...read,
    batch: batchFrames([deflateBytes(frames, dictionary)]),
    cost: read.cost + START_COST + bytes / BYTES_PER_COST,
  };
}
