import type { LogEntry } from '@quotewire/bus';
import { type Quote, quoteScraped, type SourceStatus, type sourceStatus } from '@quotewire/events';
import { formatCursor, type Hub, type HistoryEntry, readData } from '@quotewire/sse';

/** The name of the event that browsers receive for a quote. */
const NEW_QUOTE = 'newQuote';

/** What browsers may filter the stream by. */
export const QUOTE_FILTERS = {
  source: { description: 'Only of these sources, their states included.' },
  author: { description: 'Only by these authors.' },
  tag: { description: 'Only with one of these tags.' },
};

/** Whether an entry of the history is a quote, and not the state of a source. */
export function isQuote({ event }: HistoryEntry): boolean {
  return event === NEW_QUOTE;
}

/** What the log of quotes is to browsers: events on a hub, and lists read back from its history. */
export class QuoteFeed {
  readonly #hub: Hub;
  readonly #statuses = new Map<string, SourceStatus>();

  constructor({ hub }: { hub: Hub }) {
    this.#hub = hub;
  }

  /** Takes the log's next entry. What's not for browsers still has its place in the history, where cursors may point. */
  onEntry({
    offset,
    fingerprint,
    event,
  }: LogEntry<typeof quoteScraped | typeof sourceStatus>): void {
    if (event === undefined) this.#hub.append({ offset, fingerprint });
    else if (event.type === quoteScraped.type) {
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

  /** The newest quotes, or those older than the quote `before`, newest first; and the cursor from which the stream goes on. */
  list({ limit, before }: { limit: number; before: string | undefined }) {
    const { history } = this.#hub;
    const quotes: Quote[] = [];
    let isOlder = before === undefined;
    for (
      let index = history.next - 1;
      index >= history.oldest && quotes.length < limit;
      index -= 1
    ) {
      const entry = history.at(index);
      if (entry?.frame === undefined || !isQuote(entry)) continue;
      if (isOlder) quotes.push(JSON.parse(readData(entry.frame)) as Quote);
      else isOlder = entry.key === before;
    }
    return {
      quotes,
      sources: [...this.#statuses.values()],
      cursor: formatCursor(history.newestCursor),
    };
  }
}

/** When it was published, and in which trace: with it the age of what a browser shows can be measured. */
function traceOf({ time, traceparent }: { time: string; traceparent: string }): string {
  return `time ${time} traceparent ${traceparent}`;
}
