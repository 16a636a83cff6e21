import type { ExtractedPage } from '@quotewire/extract';

/** The work of this process for a source since its start. */
export interface Work {
  readonly lastRunAt: string | null;
  readonly pages: number;
  readonly published: number;
  readonly dropped: number;
  /** The newest page with dropped items: their number for each reason, and some of them. */
  readonly drops: Drops | null;
}

export interface Drops {
  readonly at: string;
  readonly reasons: Readonly<Record<string, number>>;
  readonly examples: readonly DroppedItem[];
}

type DroppedItem = ExtractedPage['dropped'][number];

const MAX_EXAMPLES = 3;
const EXAMPLE_CHARACTERS = 80;

/** The counts of one page. */
export interface CountedPage {
  published: number;
  dropped: readonly DroppedItem[];
  /** RFC 3339, UTC. */
  at: string;
}

/** Counts the work of this process for each source. */
export class SourceWork {
  readonly #work = new Map<string, Work>();

  countPage(source: string, page: CountedPage): void {
    const work = this.#work.get(source) ?? { pages: 0, published: 0, dropped: 0, drops: null };
    this.#work.set(source, {
      lastRunAt: page.at,
      pages: work.pages + 1,
      published: work.published + page.published,
      dropped: work.dropped + page.dropped.length,
      drops: page.dropped.length === 0 ? work.drops : dropsOf(page),
    });
  }

  /** Undefined for a source without work. */
  of(source: string): Work | undefined {
    return this.#work.get(source);
  }
}

function dropsOf({ dropped, at }: CountedPage): Drops {
  const reasons = Object.groupBy(dropped, ({ reason }) => reason);
  const counts = Object.entries(reasons).map(([reason, items = []]) => [reason, items.length]);
  const examples = dropped
    .slice(0, MAX_EXAMPLES)
    .map(({ text, reason }) => ({ text: text.slice(0, EXAMPLE_CHARACTERS), reason }));
  return { at, reasons: Object.fromEntries(counts) as Record<string, number>, examples };
}
