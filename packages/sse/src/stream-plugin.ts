import type { FastifyInstance } from 'fastify';
import { addressGroup } from './address-group.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { type Connection, openConnection, STREAM_HEADERS, varyHeaders } from './connection.ts';
import type { SseCount } from './counters.ts';
import { drainOnClose } from './drain-on-close.ts';
import type { Filter } from './filter.ts';
import { socketFastPath } from './socket-fast-path.ts';
import type { Hub } from './hub.ts';
import type { Start } from './resume-point.ts';
import {
  type FullParameter,
  type FilterNames,
  filterOf,
  querySchema,
  startOf,
  STREAM_RESPONSE,
  type StreamRequest,
} from './stream-request.ts';
import { refuse } from './refuse.ts';

export interface StreamOptions {
  path: string;
  hub: Hub;
  /** Facets that subscribers may filter by. A separator allows several values in one parameter. Default: none. */
  filters?: FilterNames;
  /**
   * Lets requests ask for the log in full, with the value `1`: tools for the comments of entries, relays
   * for all positions. Default: nobody can.
   */
  full?: FullParameter;
  /** The number of newest entries that a stream without a cursor or limit begins with. Default 0: live. */
  newest?: number;
  /** Limits the open streams; several plugins may share one. Default: one with its own defaults. */
  connectionLimit?: ConnectionLimit;
  /** Returns a reason while no stream can be served: one word, for the metrics. Browsers reconnect by themselves. */
  refusal?: () => string | undefined;
  /**
   * Serves streams on the socket: a subscriber uses less than half of the memory. Plain requests for
   * the stream that are the first of their connection bypass the app's hooks; the response has the
   * headers that the hooks set on HEAD. The app answers all other requests. Default: off.
   */
  fastPath?: {
    /** Whether the last address in `X-Forwarded-For` is the browser's: true behind exactly one proxy. */
    trustProxy: boolean;
  };
  /**
   * Whether browsers that accept gzip get a gzip stream: one compression for all of them. n.b. set it to
   * false if entries contain a secret beside text that others choose. Default true.
   */
  compresses?: boolean;
  /** The window within which the streams end when the app closes, in ms. Default 0. */
  drainMs?: number;
  /** Counts refused streams. */
  count?: SseCount;
}

/**
 * A Fastify plugin that serves a hub's stream: `GET` subscribes, `HEAD` returns at once, and the
 * streams end when the app closes. A stream that can't be served now gets 200, a retry time and the
 * end, since browsers never reconnect after an error status.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model
 */
export async function stream(app: FastifyInstance, options: StreamOptions): Promise<void> {
  const { path, hub, filters = {}, connectionLimit = new ConnectionLimit(), drainMs = 0 } = options;
  const {
    newest = 0,
    full,
    compresses = true,
    refusal = () => undefined,
    count = () => {},
  } = options;
  const defaultStart: Start = newest === 0 ? { kind: 'live' } : { kind: 'newest', limit: newest };
  const schema = {
    summary: 'The live stream (text/event-stream).',
    querystring: querySchema(filters, full),
    response: STREAM_RESPONSE,
  };

  function serve(
    connection: Connection,
    { ip, start, filter, inFull = false }: Subscription,
  ): void {
    const reason = refusal() ?? connectionLimit.acquire(ip);
    if (reason !== undefined) return refuse(connection, { reason, count });
    connection.onClose(() => connectionLimit.release(ip));
    const from = start.kind === 'live' ? defaultStart : start;
    const address = filter === undefined ? undefined : addressGroup(ip);
    hub.subscribe(connection, from, { filter, address, inFull });
  }

  drainOnClose(app, () => hub.drain(drainMs));

  // n.b. Fastify's own HEAD route would run the handler of GET, whose response never ends
  app.get<{ Querystring: StreamRequest['query'] }>(
    path,
    { schema, exposeHeadRoute: false },
    (request, reply) => {
      const filter = filterOf(request.query, filters);
      const inFull = full !== undefined && request.query[full.name] !== undefined;
      // n.b. before the stream begins: from then on the request may have no socket, and so no address
      const { ip } = request;
      const connection = openConnection(reply, { compresses });
      if (connection === undefined) return;
      serve(connection, { ip, start: startOf(request), filter, inFull });
    },
  );
  const headSchema = { querystring: schema.querystring, hide: true };
  app.head(path, { schema: headSchema }, (_request, reply) =>
    reply.headers({ ...STREAM_HEADERS, ...(compresses && varyHeaders(reply)) }).send(),
  );
  if (options.fastPath !== undefined) {
    const { trustProxy } = options.fastPath;
    await app.register(socketFastPath, {
      path,
      compresses,
      onStream({ start, forwardedFor }, connection, socket) {
        const address = trustProxy ? forwardedFor : undefined;
        serve(connection, { ip: address || (socket.remoteAddress ?? ''), start });
      },
    });
  }
}

interface Subscription {
  readonly ip: string;
  readonly start: Start;
  readonly filter?: Filter;
  readonly inFull?: boolean;
}
