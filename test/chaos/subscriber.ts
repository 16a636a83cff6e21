import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { numberIn } from './site.ts';

const RECONNECT_AFTER_MS = 200;

/** A quote that a subscriber received. */
export interface ReceivedQuote {
  readonly number: number;
  /** Its offset in the log, from the cursor. */
  readonly offset: number;
}

/** A client that resumes from its last event id, as an `EventSource` does, and records the events. */
export interface Subscriber {
  readonly quotes: readonly ReceivedQuote[];
  /** The reasons of the gaps that it received. */
  readonly gaps: readonly string[];
  readonly connections: number;
  /** The cursor that it resumes from; undefined before its first event id. */
  readonly lastEventId: string | undefined;
  close(): Promise<void>;
}

export function subscribe(url: string): Subscriber {
  const closing = new AbortController();
  const { signal } = closing;
  const quotes: ReceivedQuote[] = [];
  const gaps: string[] = [];
  let lastEventId: string | undefined;
  let connections = 0;

  function onEvent(event: string | undefined, content: string): void {
    if (event === 'gap') gaps.push((JSON.parse(content) as { reason: string }).reason);
    if (event !== 'newQuote') return;
    const { text } = JSON.parse(content) as { text: string };
    quotes.push({ number: numberIn(text), offset: Number(lastEventId?.split('-', 1)[0]) });
  }

  async function read(): Promise<void> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const response = await fetch(url, { headers, signal });
    if (response.status !== 200 || response.body === null) return;
    connections += 1;
    const parser = createParser({
      // n.b. called before onEvent, and for an event with only an id
      onId: (id) => (lastEventId = id),
      onEvent: (frame) => onEvent(frame.event, frame.data),
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body) parser.feed(decoder.decode(chunk, { stream: true }));
  }

  async function keepReading(): Promise<void> {
    while (!signal.aborted) {
      await read().catch(() => {});
      await delay(RECONNECT_AFTER_MS, undefined, { signal }).catch(() => {});
    }
  }
  const reading = keepReading();

  return {
    quotes,
    gaps,
    get connections() {
      return connections;
    },
    get lastEventId() {
      return lastEventId;
    },
    async close() {
      closing.abort();
      await reading;
    },
  };
}
