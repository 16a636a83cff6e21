import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import type { BrowserHistory } from './histories.ts';

/** The reconnection time of Chromium unless the server sends another. */
const DEFAULT_RETRY_MS = 3_000;

export interface SoakBrowserOptions {
  name: string;
  /** Returns the origin for the next connection, like a load balancer. */
  origin: () => string;
  /** Filters by this source. */
  source?: string | undefined;
}

/** A browser that stays for the whole soak, and reconnects with its last cursor. */
export interface SoakBrowser {
  readonly history: () => BrowserHistory;
  /** Resolves with the first cursor received. */
  readonly hasCursor: Promise<void>;
  close(): Promise<void>;
}

/** Opens the stream of quotes, and reconnects as an EventSource does. */
export function openSoakBrowser({ name, origin, source }: SoakBrowserOptions): SoakBrowser {
  const closing = new AbortController();
  const begun = Promise.withResolvers<void>();
  const quotes: string[] = [];
  const gaps: { fromOffset: number; toOffset: number }[] = [];
  let lastEventId: string | undefined;
  let startOffset = Number.NaN;
  let retryMs = DEFAULT_RETRY_MS;

  function onId(id: string): void {
    if (lastEventId === undefined) {
      startOffset = offsetOf(id);
      begun.resolve();
    }
    lastEventId = id;
  }

  function onEvent({ event, data }: { event?: string | undefined; data: string }): void {
    if (event === 'newQuote') quotes.push((JSON.parse(data) as { text: string }).text);
    if (event !== 'gap') return;
    const { from, to } = JSON.parse(data) as { from: string; to: string };
    gaps.push({ fromOffset: offsetOf(from), toOffset: offsetOf(to) });
  }

  async function readUntilLost(): Promise<void> {
    const url = new URL('/quoteEvent', origin());
    if (source !== undefined) url.searchParams.set('source', source);
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
    const response = await fetch(url, { headers, signal: closing.signal });
    if (!response.ok) throw new Error(`${url.href} answered ${response.status}`);
    const parser = createParser({ onId, onEvent, onRetry: (ms) => (retryMs = ms) });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      parser.feed(decoder.decode(chunk, { stream: true }));
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      // the checks find what is missing, whatever ended the connection
      await readUntilLost().catch(() => {});
      await delay(retryMs, undefined, { signal: closing.signal }).catch(() => {});
    }
  }
  const running = run();

  return {
    history: () => ({ name, source, startOffset, quotes, gaps }),
    hasCursor: begun.promise,
    async close() {
      closing.abort();
      await running;
    },
  };
}

function offsetOf(cursor: string): number {
  return Number(cursor.split('-')[0]);
}
