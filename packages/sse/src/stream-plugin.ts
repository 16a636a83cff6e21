import type { FastifyInstance } from 'fastify';
import { Admission } from './admission.ts';
import { type Connection, openConnection, STREAM_HEADERS } from './connection.ts';
import type { SseCount } from './counters.ts';
import type { Filter } from './filter.ts';
import { front } from './front.ts';
import type { Hub } from './hub.ts';
import type { Start } from './place.ts';
import {
  type FilterNames,
  filterOf,
  querySchema,
  startOf,
  STREAM_RESPONSE,
  type StreamRequest,
} from './stream-request.ts';
import { turnAway } from './turn-away.ts';

export interface StreamOptions {
  path: string;
  hub: Hub;
  /** Names of facets that subscribers may filter by. A separator allows several values in one parameter. Default: none. */
  filters?: FilterNames;
  /** With how many of the newest entries a stream begins that doesn't say where. Default 0: with what comes. */
  newest?: number;
  /** Bounds the open streams; several streams may share one. Default: one with its own defaults. */
  admission?: Admission;
  /** Why no stream can be served right now, if so: one word, for the metrics. Browsers come back by themselves. */
  refusal?: () => string | undefined;
  /**
   * Takes plain requests of browsers straight from the socket: a subscriber costs 5 KiB then, not 17.
   * n.b. the app's hooks don't see them; the headers that they set on HEAD are sent all the same.
   * Other requests, those of other origins among them, are served by the app. Default: none are.
   */
  front?: {
    /** Whether the last address in `X-Forwarded-For` is the browser's, as behind exactly one proxy. */
    trustProxy: boolean;
  };
  /** When the app closes, the streams end within so many ms. Default 0. */
  drainMs?: number;
  /** Counts those turned away. */
  count?: SseCount;
}

/**
 * A Fastify plugin that serves a hub's stream: `GET` follows it, `HEAD` answers at once, and when
 * the app closes the streams end. What can't be served now is answered with 200, a retry time and
 * the end, since browsers give up for good on an error.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model
 */
export async function stream(app: FastifyInstance, options: StreamOptions): Promise<void> {
  const { path, hub, filters = {}, admission = new Admission(), drainMs = 0 } = options;
  const { newest = 0, refusal = () => undefined, count = () => {} } = options;
  const unsaid: Start = newest === 0 ? { kind: 'live' } : { kind: 'newest', count: newest };
  const schema = {
    summary: 'The live stream (text/event-stream).',
    querystring: querySchema(filters),
    response: STREAM_RESPONSE,
  };

  function serve(connection: Connection, { ip, start, filter }: Wish): void {
    const reason = refusal() ?? admission.enter(ip);
    if (reason !== undefined) return turnAway(connection, { reason, count });
    connection.onClose(() => admission.leave(ip));
    const from = start.kind === 'live' ? unsaid : start;
    hub.subscribe(connection, from, filter === undefined ? {} : { filter });
  }

  app.addHook('preClose', () => hub.drain(drainMs));

  // n.b. Fastify's own HEAD route would run the handler of GET, which never ends
  app.get<{ Querystring: StreamRequest['query'] }>(
    path,
    { schema, exposeHeadRoute: false },
    (request, reply) => {
      const filter = filterOf(request, filters);
      serve(openConnection(reply), { ip: request.ip, start: startOf(request), filter });
    },
  );
  app.head(path, { schema: { hide: true } }, (_request, reply) =>
    reply.headers(STREAM_HEADERS).send(),
  );
  if (options.front !== undefined) {
    const { trustProxy } = options.front;
    await app.register(front, {
      path,
      onStream({ start, forwardedFor }, connection, socket) {
        const address = trustProxy ? forwardedFor : undefined;
        serve(connection, { ip: address ?? socket.remoteAddress ?? '', start });
      },
    });
  }
}

interface Wish {
  readonly ip: string;
  readonly start: Start;
  readonly filter?: Filter;
}
