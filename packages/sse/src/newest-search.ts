import type { HistoryEntry } from './entry.ts';
import type { History } from './history.ts';

/** Finds the index from which a subscriber receives the newest `limit` entries: searches backwards, in bounded steps. */
export class NewestSearch {
  readonly #history: History;
  #left: number;
  #index: number;

  constructor(history: History, limit: number) {
    this.#history = history;
    this.#left = limit;
    this.#index = history.next;
  }

  /** The index of the first entry to send, once found; the oldest index if the history holds fewer entries. */
  get found(): number | undefined {
    const { oldest } = this.#history;
    return this.#left === 0 || this.#index <= oldest ? Math.max(this.#index, oldest) : undefined;
  }

  /** Examines at most `maxEntries` entries. Returns the number examined. */
  step({
    maxEntries,
    isCounted,
  }: {
    maxEntries: number;
    isCounted: (entry: HistoryEntry) => boolean;
  }) {
    let examined = 0;
    for (; examined < maxEntries && this.found === undefined; examined += 1) {
      this.#index -= 1;
      const entry = this.#history.at(this.#index);
      if (entry !== undefined && isCounted(entry)) this.#left -= 1;
    }
    return examined;
  }
}
