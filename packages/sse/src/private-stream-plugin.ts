import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Admission } from './admission.ts';
import { type Connection, openConnection, STREAM_HEADERS } from './connection.ts';
import type { SseCount } from './counters.ts';
import { encodeFrame, type Frame } from './frame.ts';
import { joinFrames } from './piece.ts';
import { lastEventIdOf, STREAM_RESPONSE } from './stream-request.ts';
import { randomRetry, turnAway } from './turn-away.ts';

/** A stream for one browser alone. */
export interface PrivateStream {
  /** The id of the last frame that the browser has seen, as it says: it may be anything. */
  readonly lastEventId: string | undefined;
  /** Aborted when the browser has gone or the app closes. */
  readonly closed: AbortSignal;
  /** Sends a frame. A browser that takes nothing any more is cut off, and can come back. Throws as `encodeFrame` does. */
  send(frame: Frame): void;
}

export interface PrivateStreamOptions {
  path: string;
  /** Called for each browser that connects. */
  onOpen: (stream: PrivateStream, request: FastifyRequest) => void;
  /** Bounds the open streams; several streams may share one. Default: one with its own defaults. */
  admission?: Admission;
  /** How often each browser is sent a `heartbeat`. Default 15,000. */
  sseHeartbeatMs?: number;
  /** When the app closes, the streams end within so many ms. Default 0. */
  drainMs?: number;
  count?: SseCount;
}

/** A Fastify plugin that serves each browser a stream of its own: same frames, limits, heartbeats and end as a hub's. */
export async function privateStream(
  app: FastifyInstance,
  {
    path,
    onOpen,
    admission = new Admission(),
    sseHeartbeatMs = 15_000,
    drainMs = 0,
    count = () => {},
  }: PrivateStreamOptions,
): Promise<void> {
  const open = new Set<OpenStream>();
  let isDraining = false;
  const heartbeat = setInterval(() => {
    for (const one of open) one.send({ event: 'heartbeat', data: '{}' });
  }, sseHeartbeatMs);

  app.addHook('preClose', async () => {
    isDraining = true;
    clearInterval(heartbeat);
    for (const one of open) setTimeout(() => one.end('drain'), Math.random() * drainMs);
    await Promise.all([...open].map(({ gone }) => gone));
  });

  const schema = {
    summary: 'A stream of its own (text/event-stream).',
    response: STREAM_RESPONSE,
  };
  // n.b. Fastify's own HEAD route would run the handler of GET, which never ends
  app.get(path, { schema, exposeHeadRoute: false }, (request, reply) => {
    const { ip } = request;
    const reason = isDraining ? 'drain' : admission.enter(ip);
    const connection = openConnection(reply);
    if (reason !== undefined) return turnAway(connection, { reason, count });
    const one = new OpenStream(connection, { lastEventId: lastEventIdOf(request), count });
    open.add(one);
    connection.onClose(() => {
      admission.leave(ip);
      open.delete(one);
    });
    one.send({ retry: randomRetry() });
    onOpen(one, request);
  });
  app.head(path, { schema: { hide: true } }, (_request, reply) =>
    reply.headers(STREAM_HEADERS).send(),
  );
}

class OpenStream implements PrivateStream {
  readonly lastEventId: string | undefined;
  readonly #connection: Connection;
  readonly #closing = new AbortController();
  readonly #count: SseCount;
  readonly #gone = Promise.withResolvers<void>();
  #isFull = false;

  constructor(
    connection: Connection,
    { lastEventId, count }: { lastEventId: string | undefined; count: SseCount },
  ) {
    this.#connection = connection;
    this.#count = count;
    this.lastEventId = lastEventId;
    count('sse_connections_total', {});
    connection.onDrain(() => {
      this.#isFull = false;
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
    if (this.#isFull) {
      this.#close('slow');
      this.#connection.destroy();
      return;
    }
    const piece = joinFrames([encodeFrame(frame)]);
    this.#isFull = !this.#connection.write(piece);
    this.#count('sse_bytes_sent_total', {}, piece.frames.byteLength);
  }

  end(reason: string): void {
    this.#close(reason);
    this.#connection.end();
  }

  #close(reason: string): void {
    if (this.closed.aborted) return;
    this.#count('sse_disconnects_total', { reason });
    this.#closing.abort();
  }
}
