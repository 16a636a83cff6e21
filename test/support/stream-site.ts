import { readFile } from 'node:fs/promises';
import Fastify from 'fastify';
import { formatCursor, Hub, stream } from '@quotewire/sse';
import { afterAll } from 'vitest';
import type { Page } from 'playwright-core';

/** A page that opens the stream with the options in its query, and records its events. */
const PAGE = `<!doctype html><title>Numbers</title><link rel="icon" href="data:,">
<script type="module">
  import { openStream } from '/client/stream.js';
  const query = new URLSearchParams(location.search);
  const seen = (globalThis.seen = []);
  const states = (globalThis.states = []);
  const options = {
    events: ['number'],
    silenceMs: 3_000,
    restAfterHiddenMs: Number(query.get('rest') ?? 60_000),
    onEvent: ({ name, data }) => seen.push(name === 'gap' ? 'gap' : Number(data)),
    onStatus: ({ state }) => states.push(state),
  };
  if (query.has('limit')) options.limit = Number(query.get('limit'));
  if (query.has('load')) {
    options.load = async (signal) => {
      const { numbers, cursor } = await (await fetch('/list', { signal })).json();
      seen.splice(0, seen.length, ...numbers);
      return cursor;
    };
  }
  globalThis.stream = openStream('/numbers' + (query.has('even') ? '?parity=even' : ''), options);
  // blocks the main thread of the page until the server releases it
  globalThis.hang = () => {
    for (let isHeld = true; isHeld; ) {
      const request = new XMLHttpRequest();
      request.open('GET', '/held', false);
      request.send();
      isHeld = request.responseText === 'true';
    }
  };
</script>`;

export interface StreamSite {
  readonly url: string;
  /** Returns the number of open streams. */
  readonly openStreams: () => number;
  /** Appends the next numbers to the log. */
  append(count: number): void;
  /** Returns all numbers of the log. */
  readonly numbers: () => number[];
  /** While set, requests for the stream are answered with 503, as by a proxy. */
  refuse(shouldRefuse: boolean): void;
  /** While set, hanging pages stay blocked. */
  hold(shouldHold: boolean): void;
  /** Closes all connections. */
  cut(): void;
}

/**
 * Serves a stream of numbers over HTTP/1.1 with a heartbeat each second, and a page that reads it with
 * the client: the one of the workspace, or another file.
 */
export async function serveStreamSite({ client }: { client?: URL } = {}): Promise<StreamSite> {
  const hub = new Hub({ historyMaxBytes: 1_000_000, sseHeartbeatMs: 1_000 });
  const app = Fastify({ forceCloseConnections: true, return503OnClosing: false });
  let last = 0;
  let isRefusing = false;
  let isHolding = false;
  const folder = import.meta.resolve('@quotewire/client');

  app.addHook('onRequest', async ({ url }, reply) => {
    if (isRefusing && url.startsWith('/numbers')) return reply.code(503).send('not now');
    return undefined;
  });
  await app.register(stream, {
    path: '/numbers',
    hub,
    filters: { parity: { description: 'even or odd' } },
  });
  app.get('/', (_request, reply) => reply.type('text/html').send(PAGE));
  app.get('/held', () => isHolding);
  app.get('/list', () => ({
    numbers: numbers(),
    cursor: formatCursor(hub.history.newestCursor),
  }));
  app.get<{ Params: { file: string } }>('/client/:file', async ({ params }, reply) =>
    reply.type('text/javascript').send(await readFile(client ?? new URL(params.file, folder))),
  );
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  afterAll(() => app.close());
  const numbers = () => Array.from({ length: last }, (_, index) => index + 1);

  return {
    url,
    openStreams: () => hub.subscriberCount,
    append(count) {
      for (const end = last + count; last < end;) {
        last += 1;
        const facets = { parity: [last % 2 === 0 ? 'even' : 'odd'] };
        const fingerprint = 'abcdef012345';
        hub.append({ offset: 2 * last, fingerprint, event: 'number', data: `${last}`, facets });
      }
    },
    numbers,
    refuse: (shouldRefuse) => void (isRefusing = shouldRefuse),
    hold: (shouldHold) => void (isHolding = shouldHold),
    cut: () => app.server.closeAllConnections(),
  };
}

/** Returns what a page has received: numbers, and "gap" for each gap. */
export const seenOn = (page: Page): Promise<(number | string)[]> =>
  page.evaluate(() => Reflect.get(globalThis, 'seen') as (number | string)[]);

/** Returns the state of the stream on a page. */
export const stateOn = (page: Page): Promise<string> =>
  page.evaluate(
    () => (Reflect.get(globalThis, 'stream') as { status: { state: string } }).status.state,
  );
