import type { LogEntry } from '@quotewire/bus';
import {
  type Quote,
  quoteScraped,
  type quotesLog,
  type SourceStatus,
  sourcesSnapshot,
} from '@quotewire/events';
import { formatCursor, type Hub, type HistoryEntry, readData } from '@quotewire/sse';

/** The name of the event that browsers receive for a quote. */
const NEW_QUOTE = 'newQuote';

/** The facets that browsers may filter the stream by. */
export const QUOTE_FILTERS = {
  source: { description: 'Only of these sources, their states included.' },
  author: { description: 'Only by these authors.' },
  tag: { description: 'Only with one of these tags.' },
};

/** Whether an entry of the history is a quote, and not the state of a source. */
export function isQuote({ event }: HistoryEntry): boolean {
  return event === NEW_QUOTE;
}

/** Appends the log of quotes to a hub, and lists quotes from the hub's history. */
export class QuoteFeed {
  readonly #hub: Hub;
  readonly #statuses = new Map<string, SourceStatus>();
  /** When the listed status of a source was published. */
  readonly #statusAtMs = new Map<string, number>();
  /** The sources whose latest status came from the log itself, without a gap since. */
  readonly #followed = new Set<string>();

  constructor({ hub }: { hub: Hub }) {
    this.#hub = hub;
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

  /** Lists the newest quotes, or those older than the quote `before`, newest first, with the cursor from which a stream continues. */
  list({ limit, before }: { limit: number; before: string | undefined }) {
    const { history } = this.#hub;
    const quotes: Quote[] = [];
    const end =
      before === undefined ? history.next : (history.indexOfKey(before) ?? history.oldest);
    for (let index = end - 1; index >= history.oldest && quotes.length < limit; index -= 1) {
      const entry = history.at(index);
      if (entry === undefined || !isQuote(entry) || entry.frame === undefined) continue;
      quotes.push(JSON.parse(readData(entry.frame)) as Quote);
    }
    return {
      quotes,
      sources: [...this.#statuses.values()],
      cursor: formatCursor(history.newestCursor),
    };
  }
}

/** The publication time and trace of an event, from which tools measure the delay to a browser. */
function traceOf({ time, traceparent }: { time: string; traceparent: string }): string {
  return `time ${time} traceparent ${traceparent}`;
}
