import type { LogEntry } from '@quotewire/bus';
import {
  Quote,
  quoteScraped,
  type quotesLog,
  SourceStatus,
  sourcesSnapshot,
} from '@quotewire/events';
import {
  BEFORE,
  type Filter,
  formatCursor,
  type HistoryEntry,
  HistorySearch,
  type Hub,
  type HubEntry,
  matches,
  normalFacets,
  parseCursor,
  readData,
} from '@quotewire/sse';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { hasWords } from '../public/assets/search-words.js';

/** The name of the event that browsers receive for a quote, and for the state of a source. */
const NEW_QUOTE = 'newQuote';
const SOURCE_STATUS = 'sourceStatus';

const isQuoteData = Compile(Quote);
const isStatus = Compile(SourceStatus);
const areStatuses = Compile(Type.Array(SourceStatus));

/** The parameter with which a request asks for the stream in full, with `traceOf` each event. */
export const TRACE = {
  name: 'trace',
  description:
    'With 1, a comment before each event has the time of publication and the trace, for tools that measure the delay, and entries of the log without an event come as the event hidden, for relays.',
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

/** A frame of another quote-stream's stream in full. */
export interface UpstreamFrame {
  readonly id: string;
  readonly event: string | undefined;
  readonly data: string;
  readonly comment: string | undefined;
}

/** Appends the log of quotes to a hub, and lists quotes from the hub's history. */
export class QuoteFeed {
  readonly #hub: Hub;
  readonly #isLive: () => boolean;
  readonly #search: HistorySearch;
  readonly #statuses = new Map<string, SourceStatus>();
  /** When the listed status of a source was published. */
  readonly #statusAtMs = new Map<string, number>();
  /** The sources whose latest status came from the log itself, without a gap since. */
  readonly #followed = new Set<string>();

  /** The delivery of a quote is measured while `isLive`. Default: always. */
  constructor({ hub, isLive = () => true }: { hub: Hub; isLive?: () => boolean }) {
    this.#hub = hub;
    this.#isLive = isLive;
    this.#search = new HistorySearch(hub.history);
  }

  /** Continues after a break in the log; a snapshot after it may hold a later status than the feed. */
  onGap(reason: 'expired' | 'other-log'): void {
    this.#followed.clear();
    this.#hub.interrupt(reason);
  }

  /** Appends the log's next entry. Entries without an event for browsers are hidden: cursors may still point at them. */
  onEntry({ offset, fingerprint, event }: LogEntry<(typeof quotesLog)['events'][number]>): void {
    const position = { offset, fingerprint };
    if (event === undefined) this.#hub.append(position);
    else if (event.type === sourcesSnapshot.type) {
      this.#hub.append(position);
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
      this.#appendQuote(quote, {
        ...position,
        comment: traceOf(event),
        ...(this.#isLive() && { publishedAtMs: Date.parse(event.time) }),
      });
    } else {
      const { source, state, since, detail } = event.data;
      const status = { source, state, since, detail };
      this.#statusAtMs.set(source, Date.parse(event.time));
      this.#appendStatus(status, { ...position, comment: traceOf(event) });
    }
  }

  /** Appends the next frame of an upstream's stream. A frame that isn't understood keeps its position. */
  onFrame({ id, event, data, comment }: UpstreamFrame): void {
    const position = parseCursor(id);
    if (position === undefined) return;
    if (event === 'gap') this.onGap(data.includes('"expired"') ? 'expired' : 'other-log');
    // the cursor before an entry is not that of an entry, and others come again
    if (position.fingerprint === BEFORE || position.offset <= this.#newestOffset) return;
    const content = parseJson(data);
    const entry = comment === undefined ? position : { ...position, comment };
    if (event === NEW_QUOTE && isQuoteData.Check(content)) this.#appendQuote(content, entry);
    else if (event === SOURCE_STATUS && isStatus.Check(content)) this.#appendStatus(content, entry);
    else this.#hub.append(position);
  }

  /** Sets the states that an upstream's list has, except those that its stream has changed since the last gap. */
  onStates(sources: unknown): void {
    if (!areStatuses.Check(sources)) return;
    for (const status of sources) {
      if (!this.#followed.has(status.source)) this.#statuses.set(status.source, status);
    }
  }

  /** Whether the history holds the entry of a cursor or a later one, or the cursor is that of an empty log. */
  hasReached(cursor: string): boolean {
    const { offset = 0 } = parseCursor(cursor) ?? {};
    return offset <= Math.max(0, this.#newestOffset);
  }

  /** -1 for an empty history. */
  get #newestOffset(): number {
    const { history } = this.#hub;
    return history.next > history.oldest ? history.newestCursor.offset : -1;
  }

  #appendQuote(quote: Quote, entry: HubEntry): void {
    this.#hub.append({
      ...entry,
      event: NEW_QUOTE,
      data: JSON.stringify(quote),
      key: quote.id,
      facets: { source: [quote.source], author: [quote.author], tag: quote.tags },
    });
  }

  #appendStatus(status: SourceStatus, entry: HubEntry): void {
    const { source } = status;
    this.#statuses.set(source, status);
    this.#followed.add(source);
    this.#hub.append({
      ...entry,
      event: SOURCE_STATUS,
      data: JSON.stringify(status),
      facets: { source: [source] },
    });
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseQuote(frame: Buffer): Quote {
  return JSON.parse(readData(frame)) as Quote;
}

/** The publication time and trace of an event, from which tools measure the delay to a browser. */
function traceOf({ time, traceparent }: { time: string; traceparent: string }): string {
  return `time ${time} traceparent ${traceparent}`;
}
