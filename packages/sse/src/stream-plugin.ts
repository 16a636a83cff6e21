import type { FastifyInstance } from 'fastify';
import { Admission } from './admission.ts';
import { openConnection, STREAM_HEADERS } from './connection.ts';
import type { SseCount } from './counters.ts';
import type { Hub } from './hub.ts';
import {
  type FilterNames,
  filterOf,
  querySchema,
  startOf,
  type StreamRequest,
} from './stream-request.ts';
import { turnAway } from './turn-away.ts';

export interface StreamOptions {
  path: string;
  hub: Hub;
  /** Names of facets that subscribers may filter by. A separator allows several values in one parameter. Default: none. */
  filters?: FilterNames;
  /** Bounds the open streams; several streams may share one. Default: one with its own defaults. */
  admission?: Admission;
  /** Why no stream can be served right now, if so: one word, for the metrics. Browsers come back by themselves. */
  refusal?: () => string | undefined;
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
  const { refusal = () => undefined, count = () => {} } = options;
  const schema = {
    summary: 'The live stream (text/event-stream).',
    querystring: querySchema(filters),
    response: {
      200: { description: 'Server-Sent Events', content: { 'text/event-stream': { schema: {} } } },
    },
  };

  app.addHook('preClose', () => hub.drain(drainMs));

  // n.b. Fastify's own HEAD route would run the handler of GET, which never ends
  app.get<{ Querystring: StreamRequest['query'] }>(
    path,
    { schema, exposeHeadRoute: false },
    (request, reply) => {
      const filter = filterOf(request, filters);
      const { ip } = request;
      const reason = refusal() ?? admission.enter(ip);
      const connection = openConnection(reply);
      if (reason !== undefined) return turnAway(connection, { reason, count });
      connection.onClose(() => admission.leave(ip));
      hub.subscribe(connection, startOf(request), { filter });
    },
  );
  app.head(path, { schema: { hide: true } }, (_request, reply) =>
    reply.headers(STREAM_HEADERS).send(),
  );
}
