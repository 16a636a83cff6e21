import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ConnectionLimit } from './connection-limit.ts';
import { type Connection, openConnection, STREAM_HEADERS } from './connection.ts';
import type { SseCount } from './counters.ts';
import { encodeFrame, type Frame } from './frame.ts';
import { drainOnClose } from './drain-on-close.ts';
import { STALLED_MS } from './heartbeats.ts';
import { batchFrames, type FrameBatch } from './frame.ts';
import { SLICE } from './fan-out-scheduler.ts';
import { LAST_EVENT_ID, lastEventIdOf, STREAM_RESPONSE } from './stream-request.ts';
import { randomRetry, refuse } from './refuse.ts';

const HEARTBEAT = batchFrames([encodeFrame({ event: 'heartbeat', data: '{}' })]);

/** A stream of one browser. */
export interface Session {
  /** The id of the last frame that the browser received, as the browser sent it: not validated. */
  readonly lastEventId: string | undefined;
  /** Aborted when the browser disconnects or the app closes. */
  readonly closed: AbortSignal;
  /** Sends a frame, or disconnects a browser whose socket is full; the browser can reconnect. Throws as `encodeFrame` does. */
  send(frame: Frame): void;
}

export interface SessionOptions {
  path: string;
  /** Called for each browser that connects. n.b. Node's own request and response may end when the stream begins: `closed` says when the browser disconnects. */
  onOpen: (stream: Session, request: FastifyRequest) => void;
  /** Limits the open streams; several plugins may share one. Default: one with its own defaults. */
  connectionLimit?: ConnectionLimit;
  /** Interval of `heartbeat` events. Default 15,000. */
  sseHeartbeatMs?: number;
  /** The window within which the streams end when the app closes, in ms. Default 0. */
  drainMs?: number;
  count?: SseCount;
}

/** A Fastify plugin that serves each browser a separate stream, with the frames, limits, heartbeats and draining of a hub's stream. */
export async function session(
  app: FastifyInstance,
  {
    path,
    onOpen,
    connectionLimit = new ConnectionLimit(),
    sseHeartbeatMs = 15_000,
    drainMs = 0,
    count = () => {},
  }: SessionOptions,
): Promise<void> {
  const open = new Set<OpenSession>();
  let isDraining = false;
  const heartbeat = setInterval(() => void sendHeartbeats(open), sseHeartbeatMs);

  drainOnClose(app, async () => {
    if (!isDraining) {
      for (const one of open) setTimeout(() => one.end('drain'), Math.random() * drainMs);
    }
    isDraining = true;
    clearInterval(heartbeat);
    await Promise.all([...open].map(({ gone }) => gone));
  });

  const querystring = { type: 'object', properties: { lastEventId: LAST_EVENT_ID } };
  const schema = {
    summary: 'A separate stream for each connection (text/event-stream).',
    querystring,
    response: STREAM_RESPONSE,
  };
  // n.b. Fastify's own HEAD route would run the handler of GET, whose response never ends
  app.get(path, { schema, exposeHeadRoute: false }, (request, reply) => {
    const { ip } = request;
    const connection = openConnection(reply);
    if (connection === undefined) return;
    const reason = isDraining ? 'drain' : connectionLimit.acquire(ip);
    if (reason !== undefined) return refuse(connection, { reason, count });
    const one = new OpenSession(connection, { lastEventId: lastEventIdOf(request), count });
    open.add(one);
    connection.onClose(() => {
      connectionLimit.release(ip);
      open.delete(one);
    });
    one.send({ retry: randomRetry() });
    onOpen(one, request);
  });
  app.head(path, { schema: { querystring, hide: true } }, (_request, reply) =>
    reply.headers(STREAM_HEADERS).send(),
  );
}

/** Serves a slice in each turn of the event loop. */
async function sendHeartbeats(open: Iterable<OpenSession>): Promise<void> {
  let served = 0;
  for (const one of open) {
    one.sendHeartbeat(HEARTBEAT);
    served += 1;
    if (served % SLICE === 0) await nextTurn();
  }
}

class OpenSession implements Session {
  readonly lastEventId: string | undefined;
  readonly #connection: Connection;
  readonly #closing = new AbortController();
  readonly #count: SseCount;
  readonly #gone = Promise.withResolvers<void>();
  /** When the socket became full; undefined while it accepts more. */
  #fullSince: number | undefined;

  constructor(
    connection: Connection,
    { lastEventId, count }: { lastEventId: string | undefined; count: SseCount },
  ) {
    this.#connection = connection;
    this.#count = count;
    this.lastEventId = lastEventId;
    count('sse_connections_total', {});
    connection.onDrain(() => {
      this.#fullSince = undefined;
    });
    connection.onClose(() => {
      this.#close('client');
      this.#gone.resolve();
    });
  }

  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Resolves when the connection is closed. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  send(frame: Frame): void {
    if (this.closed.aborted) return;
    if (this.#fullSince !== undefined) return this.#disconnect('slow');
    this.#write(batchFrames([encodeFrame(frame)]));
  }

  /** Sends a heartbeat, or disconnects a browser whose socket has been full for `STALLED_MS`. */
  sendHeartbeat(heartbeat: FrameBatch): void {
    if (this.closed.aborted) return;
    if (this.#fullSince === undefined) this.#write(heartbeat);
    else if (performance.now() - this.#fullSince > STALLED_MS) this.#disconnect('stalled');
  }

  end(reason: string): void {
    this.#close(reason);
    this.#connection.end();
  }

  #write(batch: FrameBatch): void {
    if (!this.#connection.write(batch)) this.#fullSince = performance.now();
    this.#count('sse_bytes_sent_total', {}, batch.frames.byteLength);
  }

  #disconnect(reason: string): void {
    this.#close(reason);
    this.#connection.destroy();
  }

  #close(reason: string): void {
    if (this.closed.aborted) return;
    this.#count('sse_disconnects_total', { reason });
    this.#closing.abort();
  }
}
