import { atFileEnd, eventually, within } from '@quotewire/testing';
import { createParser } from 'eventsource-parser';

/** One block of `text/event-stream`; a block with only an id has neither event nor data. */
export interface Frame {
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  readonly data?: string;
}

/** A connection to a stream of Server-Sent Events, which does not reconnect. */
export interface StreamClient {
  readonly status: number;
  readonly headers: Headers;
  /** All frames so far, in order. */
  readonly events: readonly Frame[];
  /** The value of the last `retry` field. */
  readonly retryMs: number | undefined;
  /** Resolves with the first frame, received or future, that the predicate accepts. `what` describes it in the error. */
  waitFor(predicate: (frame: Frame) => boolean, what: string): Promise<Frame>;
  /** Resolves when the server ends the stream, or the connection is lost. */
  waitForEnd(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a stream; resolves when the headers have arrived. It's closed at the end of the test file. */
export async function openStream(
  url: string | URL,
  { headers = {} }: { headers?: Record<string, string> } = {},
): Promise<StreamClient> {
  const closing = new AbortController();
  const response = await within(
    fetch(url, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: closing.signal,
    }),
    { what: `${String(url)} answers` },
  );
  const events: Frame[] = [];
  let retryMs: number | undefined;
  /** The id of a block whose data, if any, has not been parsed yet. */
  let pendingId: string | undefined;
  const flushId = () => {
    if (pendingId !== undefined) events.push({ id: pendingId });
    pendingId = undefined;
  };
  const parser = createParser({
    // n.b. called before onEvent, in the same call of feed
    onId(id) {
      flushId();
      pendingId = id;
    },
    onEvent(event) {
      if (event.id === pendingId) pendingId = undefined;
      flushId();
      events.push(event);
    },
    onRetry(ms) {
      retryMs = ms;
    },
  });

  async function read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        parser.feed(decoder.decode(chunk, { stream: true }));
        flushId();
      }
    } catch {
      // close() aborted the request, or the connection was lost
    }
  }
  const ended = read();

  const stream: StreamClient = {
    status: response.status,
    headers: response.headers,
    events,
    get retryMs() {
      return retryMs;
    },
    waitFor: (predicate, what) => eventually(() => events.find(predicate), { what }),
    waitForEnd: () => within(ended, { what: `the server ends ${String(url)}` }),
    async close() {
      closing.abort();
      await ended;
    },
  };
  atFileEnd(() => stream.close());
  return stream;
}
