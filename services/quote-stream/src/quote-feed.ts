import type { LogEntry } from '@quotewire/bus';
import {
  type Quote,
  quoteScraped,
  type quotesLog,
  type SourceStatus,
  sourcesSnapshot,
} from '@quotewire/events';
import {
  type Filter,
  formatCursor,
  type HistoryEntry,
  HistorySearch,
  type Hub,
  matches,
  normalFacets,
  readData,
} from '@quotewire/sse';
import { hasWords } from '../public/assets/search-words.js';

/** The name of the event that browsers receive for a quote. */
const NEW_QUOTE = 'newQuote';

/** The parameter with which a request for the stream asks for `traceOf` each event. */
export const TRACE = {
  name: 'trace',
  description:
    'With 1, a comment before each event has the time of publication and the trace, for tools that measure the delay.',
};

/** Selects quotes: by the filter, and by words of which all must occur. */
export interface Selection {
  readonly filter: Filter;
  readonly words: string[];
}

/** Whether an entry of the history is a quote, and not the state of a source. */
export function isQuote({ event }: HistoryEntry): boolean {
  return event === NEW_QUOTE;
}

/** Appends the log of quotes to a hub, and lists quotes from the hub's history. */
export class QuoteFeed {
  readonly #hub: Hub;
  readonly #search: HistorySearch;
  readonly #statuses = new Map<string, SourceStatus>();
  /** When the listed status of a source was published. */
  readonly #statusAtMs = new Map<string, number>();
  /** The sources whose latest status came from the log itself, without a gap since. */
  readonly #followed = new Set<string>();

  constructor({ hub }: { hub: Hub }) {
    this.#hub = hub;
    this.#search = new HistorySearch(hub.history);
  }

  /** After a gap a snapshot may hold a later status than the feed. */
  onGap(): void {
    this.#followed.clear();
  }

  /** Appends the log's next entry. Entries without an event for browsers are hidden: cursors may still point at them. */
  onEntry({ offset, fingerprint, event }: LogEntry<(typeof quotesLog)['events'][number]>): void {
    if (event === undefined) this.#hub.append({ offset, fingerprint });
    else if (event.type === sourcesSnapshot.type) {
      this.#hub.append({ offset, fingerprint });
      // browsers received these states when they changed
      for (const { source, state, since, detail, at } of event.data.sources) {
        const atMs = Date.parse(at);
        // the log's order decides, since the clocks of publishers may differ
        if (this.#followed.has(source) || atMs < (this.#statusAtMs.get(source) ?? 0)) continue;
        this.#statuses.set(source, { source, state, since, detail });
        this.#statusAtMs.set(source, atMs);
      }
    } else if (event.type === quoteScraped.type) {
      const { runId: _, ...quote } = event.data;
      this.#hub.append({
        offset,
        fingerprint,
        event: NEW_QUOTE,
        data: JSON.stringify(quote),
        key: quote.id,
        facets: { source: [quote.source], author: [quote.author], tag: quote.tags },
        comment: traceOf(event),
      });
    } else {
      const { source, state, since, detail } = event.data;
      const status = { source, state, since, detail };
      this.#statuses.set(source, status);
      this.#statusAtMs.set(source, Date.parse(event.time));
      this.#followed.add(source);
      this.#hub.append({
        offset,
        fingerprint,
        event: 'sourceStatus',
        data: JSON.stringify(status),
        facets: { source: [source] },
        comment: traceOf(event),
      });
    }
  }

  /** The states of the sources that a filter accepts. */
  sources({ filter }: Pick<Selection, 'filter'>): SourceStatus[] {
    return [...this.#statuses.values()].filter(({ source }) =>
      matches(filter, normalFacets({ source: [source] })),
    );
  }

  /** The quote with an id; undefined if the history doesn't hold it. */
  quote(id: string): Quote | undefined {
    const { history } = this.#hub;
    const index = history.indexOfKey(id);
    const frame = index === undefined ? undefined : history.at(index)?.frame;
    return frame && parseQuote(frame);
  }

  /**
   * Lists the newest selected quotes, or those older than the place `before`, in the reverse order of
   * the log, with the cursor from which a stream continues, and the place where the next list begins.
   */
  async list(
    { filter, words }: Selection,
    { limit, before, isWanted }: { limit: number; before?: string; isWanted?: () => boolean },
  ) {
    const cursor = formatCursor(this.#hub.history.newestCursor);
    const sources = this.sources({ filter });
    const { found, ...rest } = await this.#search.find({
      limit,
      before,
      filter,
      ...(isWanted && { isWanted }),
      read(entry, frame) {
        const quote = isQuote(entry) ? parseQuote(frame) : undefined;
        return quote && hasWords(quote, words) ? quote : undefined;
      },
    });
    return { quotes: found, sources, cursor, before: rest.before ?? null };
  }
}

function parseQuote(frame: Buffer): Quote {
  return JSON.parse(readData(frame)) as Quote;
}

/** The publication time and trace of an event, from which tools measure the delay to a browser. */
function traceOf({ time, traceparent }: { time: string; traceparent: string }): string {
  return `time ${time} traceparent ${traceparent}`;
}
