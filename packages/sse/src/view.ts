import { type Filter, matches } from './filter.ts';
import type { History, HistoryEntry } from './history.ts';
import { joinFrames, type Piece } from './piece.ts';

/** A piece of the history as some subscribers see it. */
export interface Stretch {
  /** Undefined when nothing in it is for them. */
  readonly piece: Piece | undefined;
  /** Index to read on at. */
  readonly next: number;
  /** Whether there was more than goes out at once. */
  readonly isCut: boolean;
}

/** At most about so much goes to a socket at once, in bytes. */
const MAX_BYTES = 64 * 1024;
/** A filter that lets little pass mustn't keep the event loop for the whole history. */
const MAX_ENTRIES = 5_000;
/** Those who replay from places of their own share nothing: what's kept for them would only cost memory. */
const MAX_KEPT = 8;

/** The history through one filter: subscribers with equal filters share the reading and what's written. */
export class View {
  readonly filter: Filter;
  /** How many subscribers look at it. */
  subscriberCount = 0;
  readonly #history: History;
  readonly #kept = new Map<number, Stretch>();

  constructor({ filter, history }: { filter: Filter; history: History }) {
    this.filter = filter;
    this.#history = history;
  }

  shows(entry: HistoryEntry): boolean {
    return entry.frame !== undefined && matches(this.filter, entry.facets);
  }

  /** What to write to those who read on at an index. */
  readFrom(index: number): Stretch {
    const kept = this.#kept.get(index);
    if (kept !== undefined) return kept;
    const stretch = this.#gather(index);
    if (this.#kept.size < MAX_KEPT) this.#kept.set(index, stretch);
    return stretch;
  }

  /** Forgets what was shared: at the end of each round of writes. */
  forget(): void {
    this.#kept.clear();
  }

  #gather(from: number): Stretch {
    const frames: Buffer[] = [];
    const end = Math.min(this.#history.next, from + MAX_ENTRIES);
    let bytes = 0;
    let next = from;
    for (; next < end && bytes < MAX_BYTES; next += 1) {
      const entry = this.#history.at(next);
      if (entry?.frame === undefined || !this.shows(entry)) continue;
      frames.push(entry.frame);
      bytes += entry.frame.byteLength;
    }
    const piece = frames.length === 0 ? undefined : joinFrames(frames);
    return { piece, next, isCut: next < this.#history.next };
  }
}
