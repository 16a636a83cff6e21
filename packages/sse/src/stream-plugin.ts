import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SseCount } from './counters.ts';
import { encodeFrame } from './frame.ts';
import type { Hub, Start } from './hub.ts';
import type { Connection } from './subscriber.ts';

export interface StreamOptions {
  path: string;
  hub: Hub;
  /** Why no stream can be served right now, if so: one word, for the metrics. Browsers come back by themselves. */
  refusal?: () => string | undefined;
  /** When the app closes, the streams end within so many ms. Default 0. */
  drainMs?: number;
  count?: SseCount;
}

const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // nginx would hold frames back otherwise
  'x-accel-buffering': 'no',
};

const QUERY = {
  type: 'object',
  properties: {
    lastEventId: {
      type: 'string',
      description:
        'The cursor to go on from, for a first connection. The Last-Event-ID header wins.',
    },
    limit: {
      type: 'integer',
      minimum: 0,
      maximum: 1_000,
      description: 'Begin with the newest so many. A cursor switches it off.',
    },
  },
};

type StreamRequest = FastifyRequest<{ Querystring: { lastEventId?: string; limit?: number } }>;

/**
 * A Fastify plugin that serves a hub's stream: `GET` follows it, `HEAD` answers at once, and when
 * the app closes the streams end. What can't be served now is answered with 200, a retry time and
 * the end, since browsers give up for good on an error.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model
 */
export async function stream(app: FastifyInstance, options: StreamOptions): Promise<void> {
  const { path, hub, refusal = () => undefined, drainMs = 0, count = () => {} } = options;
  const schema = {
    summary: 'The live stream (text/event-stream).',
    querystring: QUERY,
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
      const response = openStream(reply);
      const reason = hub.isDraining ? 'drain' : refusal();
      if (reason === undefined) {
        hub.subscribe(connectionOf(response), startOf(request));
        return;
      }
      count('sse_turned_away_total', { reason });
      response.end(encodeFrame({ retry: 1_000 + Math.floor(Math.random() * 4_000) }));
    },
  );
  app.head(path, { schema: { hide: true } }, (_request, reply) =>
    reply.headers(STREAM_HEADERS).send(),
  );
}

function startOf({ headers, query }: StreamRequest): Start {
  const text = headers['last-event-id'] || query.lastEventId;
  if (typeof text === 'string' && text !== '') return { kind: 'cursor', text };
  return query.limit === undefined ? { kind: 'live' } : { kind: 'newest', count: query.limit };
}

function openStream(reply: FastifyReply): ServerResponse {
  // n.b. a hijacked reply loses the headers of other plugins unless they're passed on by hand
  const headers = reply.getHeaders();
  reply.hijack();
  reply.raw.writeHead(200, { ...headers, ...STREAM_HEADERS } as Record<string, string>);
  reply.raw.flushHeaders();
  return reply.raw;
}

function connectionOf(response: ServerResponse): Connection {
  return {
    write: (bytes) => response.write(bytes),
    onDrain: (resume) => response.on('drain', resume),
    onClose: (closed) => response.on('close', closed),
    end: () => response.end(),
    destroy: () => response.destroy(),
  };
}
