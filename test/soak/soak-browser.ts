import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import type { BrowserHistory } from './histories.ts';

/** What Chromium waits when the server hasn't said anything. */
const DEFAULT_RETRY_MS = 3_000;

export interface SoakBrowserOptions {
  name: string;
  /** Where the stream is right now; asked for each connection, as a load balancer would be. */
  origin: () => string;
  /** Only this source. */
  source?: string | undefined;
}

/** A browser that stays for the whole soak and comes back with the cursor that it has seen last. */
export interface SoakBrowser {
  readonly history: () => BrowserHistory;
  /** Resolves once it has its first cursor. */
  readonly hasBegun: Promise<void>;
  close(): Promise<void>;
}

/** Opens the stream of quotes as an EventSource does, and keeps it open. */
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
      // n.b. whatever ends a connection, the next one tells whether anything is missing
      await readUntilLost().catch(() => {});
      await delay(retryMs, undefined, { signal: closing.signal }).catch(() => {});
    }
  }
  const running = run();

  return {
    history: () => ({ name, source, startOffset, quotes, gaps }),
    hasBegun: begun.promise,
    async close() {
      closing.abort();
      await running;
    },
  };
}

function offsetOf(cursor: string): number {
  return Number(cursor.split('-')[0]);
}
