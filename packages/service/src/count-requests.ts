import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from './metrics.ts';

const CLASSES = ['2xx', '3xx', '4xx', '5xx'];
/** The route of requests for paths that no route has; the paths themselves would be labels without a bound. */
const NO_ROUTE = 'none';

const definitions = {
  http_requests_total: {
    help: 'Requests answered, by method, route and class of the status, such as 2xx. Streams have metrics of their own.',
    labels: ['method', 'route', 'status'],
    zeros: CLASSES.map((status) => ({ method: 'GET', route: NO_ROUTE, status })),
  },
} as const;

/** Counts the requests of an app and measures their durations, except those of streams. Call it before routes are declared. */
export function countRequests(app: FastifyInstance, metrics: Metrics): void {
  const count = metrics.counters(definitions);
  const observe = metrics.histogram('http_request_duration_seconds', {
    help: 'Time from the request until the response was sent, by route. Streams have metrics of their own.',
    labels: ['route'],
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10],
  });
  // n.b. streams bypass this hook
  const answered = new WeakSet<FastifyRequest>();
  app.addHook('onSend', async (request) => void answered.add(request));
  app.addHook('onResponse', async (request, reply) => {
    if (!answered.has(request)) return;
    const { method } = request;
    const route = request.routeOptions.url ?? NO_ROUTE;
    count('http_requests_total', {
      method,
      route,
      status: `${Math.floor(reply.statusCode / 100)}xx`,
    });
    observe(reply.elapsedTime / 1_000, { route });
  });
  app.addHook('onRoute', ({ method, url: route }) => {
    for (const one of [method].flat()) {
      for (const status of one === 'HEAD' ? [] : CLASSES) {
        count('http_requests_total', { method: one, route, status }, 0);
      }
    }
  });
}
