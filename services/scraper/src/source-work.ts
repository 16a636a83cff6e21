/** The work of this process for a source since its start. */
export interface Work {
  readonly lastRunAt: string | null;
  readonly pages: number;
  readonly published: number;
  readonly dropped: number;
}

/** The counts of one page. */
export interface CountedPage {
  published: number;
  dropped: number;
  /** RFC 3339, UTC. */
  at: string;
}

/** Counts the work of this process for each source. */
export class SourceWork {
  readonly #work = new Map<string, Work>();

  countPage(source: string, page: CountedPage): void {
    const work = this.#work.get(source) ?? { pages: 0, published: 0, dropped: 0 };
    this.#work.set(source, {
      lastRunAt: page.at,
      pages: work.pages + 1,
      published: work.published + page.published,
      dropped: work.dropped + page.dropped,
    });
  }

  /** Undefined for a source without work. */
  of(source: string): Work | undefined {
    return this.#work.get(source);
  }
}
