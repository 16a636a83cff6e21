import { type Cursor, formatCursor } from './cursor.ts';
import { type Facets, normalFacets } from './filter.ts';
import { formatComment, formatFrame } from './frame.ts';
import type { Slice, Slabs } from './slabs.ts';

/** An entry of a log, as a hub appends it. */
export interface HubEntry {
  /** The log's own number of the entry: larger than that of the entry before. */
  offset: number;
  /** See `Cursor`. Default: computed from the data. */
  fingerprint?: string;
  /** The name of the event. Browsers call an event without a name `message`. */
  event?: string;
  /** The data of the frame, on one line. Without data the entry is hidden: it has a position in the log, but no frame. */
  data?: string;
  /** Entries with the same key are duplicates: only the first one that the history holds is shown. */
  key?: string;
  /** The values that subscribers may filter by. */
  facets?: Facets;
  /** For tools that read the raw stream: only subscribers that ask for the log in full receive it, before the frame. */
  comment?: string;
  /** When the entry was published, in ms since 1970, if its delivery is to be measured. */
  publishedAtMs?: number;
}

/** An entry of a log with its fingerprint. */
export type PositionedEntry = HubEntry & Cursor;

/** An entry of the history: its frame is encoded once for all subscribers. */
export interface HistoryEntry extends Cursor {
  readonly event: string | undefined;
  readonly key: string | undefined;
  /** In the form of `normalFacets`. */
  readonly facets: string | undefined;
  /** Bytes of the frame; 0 if the entry is hidden. */
  readonly frameBytes: number;
  /** A view of a slab: a reference to it retains up to 256 KiB. Undefined if the entry is hidden. */
  readonly frame: Buffer | undefined;
}

/*
 * Bytes that V8 allocates, measured over 100,000 entries: the object with its offset, its fingerprint
 * and its slot in the deque; the header of a string; a slot in the map of keys.
 */
const OBJECT_BYTES = 160;
const STRING_BYTES = 20;
const KEY_BYTES = 48;

// oxlint-disable-next-line eslint/no-control-regex -- V8 stores a string of these characters in one byte each, and any other in two
const ONE_BYTE = /^[\0-\xff]*$/;

/** An entry whose frame is stored in a slab. */
export class Entry implements HistoryEntry {
  readonly offset: number;
  readonly fingerprint: string;
  readonly event: string | undefined;
  readonly key: string | undefined;
  readonly facets: string | undefined;
  readonly comment: string | undefined;
  readonly slab: Buffer | undefined;
  readonly start: number;
  readonly end: number;

  private constructor(
    { offset, fingerprint, event, key, facets, comment }: PositionedEntry,
    { slab, start, end }: Slice | NoSlice,
  ) {
    this.offset = offset;
    this.fingerprint = fingerprint;
    this.event = event;
    this.key = key;
    this.facets = facets === undefined ? undefined : normalFacets(facets);
    this.comment = comment;
    this.slab = slab;
    this.start = start;
    this.end = end;
  }

  /** Creates an entry with a frame. Throws as `formatFrame` does. */
  static shown(entry: PositionedEntry & { data: string }, slabs: Slabs): Entry {
    const { event, data } = entry;
    const frame = formatFrame({ id: formatCursor(entry), event, data });
    return new Entry(entry, slabs.write(frame));
  }

  /** Creates an entry without a frame. */
  static hidden({ offset, fingerprint, key }: PositionedEntry): Entry {
    return new Entry(
      key === undefined ? { offset, fingerprint } : { offset, fingerprint, key },
      NO_SLICE,
    );
  }

  get frameBytes(): number {
    return this.end - this.start;
  }

  get frame(): Buffer | undefined {
    return this.slab?.subarray(this.start, this.end);
  }

  /** Memory that the entry uses, in bytes. */
  get bytes(): number {
    const { key, facets, comment } = this;
    const keyBytes = key === undefined ? 0 : KEY_BYTES + stringBytes(key);
    const facetBytes = facets === undefined ? 0 : stringBytes(facets);
    const commentBytes = comment === undefined ? 0 : stringBytes(comment);
    return OBJECT_BYTES + keyBytes + facetBytes + commentBytes + this.frameBytes;
  }
}

type NoSlice = Omit<Slice, 'slab'> & { readonly slab: undefined };

const NO_SLICE: NoSlice = { slab: undefined, start: 0, end: 0 };

/** A hidden entry, for those who receive the log in full. */
const HIDDEN = { event: 'hidden', data: '{}' };

function stringBytes(text: string): number {
  return STRING_BYTES + text.length * (ONE_BYTE.test(text) ? 1 : 2);
}

/**
 * Collects the frames of entries in order, in as few buffers as possible: adjacent frames share one buffer.
 * In full, comments precede the frames, and a hidden entry has a frame for its position: the event `hidden`.
 */
export class FrameRun {
  readonly #inFull: boolean;
  readonly buffers: Buffer[] = [];
  bytes = 0;
  #slab: Buffer | undefined;
  #start = 0;
  #end = 0;

  constructor({ inFull }: { inFull: boolean }) {
    this.#inFull = inFull;
  }

  add(entry: Entry): void {
    const { slab, start, end, comment } = entry;
    if (slab === undefined) {
      if (this.#inFull) this.#addText(formatFrame({ id: formatCursor(entry), ...HIDDEN }));
      return;
    }
    if (this.#inFull && comment !== undefined) this.#addText(formatComment(comment));
    this.bytes += end - start;
    if (slab === this.#slab && start === this.#end) {
      this.#end = end;
      return;
    }
    this.finish();
    this.#slab = slab;
    this.#start = start;
    this.#end = end;
  }

  #addText(text: string): void {
    const lines = Buffer.from(text);
    this.finish();
    this.buffers.push(lines);
    this.bytes += lines.byteLength;
  }

  finish(): readonly Buffer[] {
    if (this.#slab !== undefined) this.buffers.push(this.#slab.subarray(this.#start, this.#end));
    this.#slab = undefined;
    return this.buffers;
  }
}
