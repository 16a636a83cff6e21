import {
  type App,
  createApp,
  httpError,
  type Logger,
  type Metrics,
  sendHtml,
  servePages,
} from '@quotewire/service';
import { ConnectionLimit, Hub, session, sseCounters, stream } from '@quotewire/sse';
import { createClockFeed, EVENT_NAMES } from './clock-feed.ts';
import type { ClockConfig } from './config.ts';
import { countUp } from './count-up.ts';

export interface ClockParts {
  config: ClockConfig;
  logger: Logger;
  metrics: Metrics;
}

const HIDDEN = { schema: { hide: true } };

/** Builds the clock as an app of its own. */
export async function buildClockApp(parts: ClockParts): Promise<App> {
  const { http } = parts.config;
  const app = await createApp({ title: 'Quotewire clock', ...parts, http, home: '/clock' });
  await app.register(clock, parts);
  return app;
}

/** The clock, a Fastify plugin: one feed for all browsers, and a counter for each. */
export async function clock(app: App, { config, metrics }: ClockParts): Promise<void> {
  const count = metrics.counters(sseCounters);
  const connectionLimit = new ConnectionLimit(config.stream);
  metrics.gauge('sse_clients_connected', {
    help: 'Open streams.',
    read: () => connectionLimit.size,
  });
  // more than the entries of a minute use
  const hub = new Hub({ historyMaxBytes: 64 * 1024, count });
  const advanceTo = createClockFeed(hub);
  let timer: NodeJS.Timeout | undefined;
  const tick = () => {
    advanceTo(Date.now());
    // an interval would drift from the full second
    timer = setTimeout(tick, 1_000 - (Date.now() % 1_000));
  };

  const { http } = config;
  app.addHook('onReady', async () => tick());
  app.addHook('onClose', async () => clearTimeout(timer));
  app.addReadinessCheck(() => (hub.isDraining ? ['closing'] : []));
  const page = await servePages(app, {
    folder: new URL('../public/', import.meta.url),
    assets: '/clock/assets/',
    files: { 'clock.html': 'clock', 'counter.html': 'counter' },
    http,
  });
  app.get('/clock', HIDDEN, (_request, reply) => sendHtml(reply, page('clock.html')));
  app.get('/counter', HIDDEN, (_request, reply) => sendHtml(reply, page('counter.html')));
  const shared = { connectionLimit, drainMs: config.stream.drainMs, count };
  await app.register(session, { path: '/counterEvent', onOpen: countUp, ...shared });
  await app.register(async (scope) => {
    scope.addHook('preHandler', async ({ query }) => refuseUnknownEvents(query));
    const description = `Only these: ${EVENT_NAMES.join(', ')}. message is the event without a name.`;
    const filters = { events: { description, separator: ',' } };
    const fastPath = { trustProxy: http.trustProxy };
    const { compresses } = config.stream;
    await scope.register(stream, {
      path: '/clockEvent',
      hub,
      filters,
      fastPath,
      compresses,
      ...shared,
    });
  });
}

function refuseUnknownEvents(query: unknown): void {
  const { events = [] } = query as { events?: string | string[] };
  const names = [events].flat().flatMap((value) => value.split(','));
  const unknown = names.find((name) => !EVENT_NAMES.includes(name));
  if (unknown === undefined) return;
  throw httpError(400, `unknown event "${unknown}": choose from ${EVENT_NAMES.join(', ')}`);
}
