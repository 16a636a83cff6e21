import {
  type App,
  createApp,
  httpError,
  type Logger,
  type Metrics,
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

/** Builds the clock: one feed for all browsers, and a counter for each. */
export async function buildClockApp({ config, logger, metrics }: ClockParts): Promise<App> {
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
  const problems = () => (hub.isDraining ? ['closing'] : []);
  const app = await createApp({ title: 'Quotewire clock', http, logger, metrics, problems });
  app.addHook('onReady', async () => tick());
  app.addHook('onClose', async () => clearTimeout(timer));
  await servePages(app, new URL('../public/', import.meta.url));
  const shared = { connectionLimit, drainMs: config.stream.drainMs, count };
  await app.register(session, { path: '/counterEvent', onOpen: countUp, ...shared });
  await app.register(async (scope) => {
    scope.addHook('preHandler', async ({ query }) => refuseUnknownEvents(query));
    const description = `Only these: ${EVENT_NAMES.join(', ')}. message is the event without a name.`;
    const filters = { events: { description, separator: ',' } };
    const fastPath = { trustProxy: http.trustProxy };
    await scope.register(stream, { path: '/clockEvent', hub, filters, fastPath, ...shared });
  });
  return app;
}

function refuseUnknownEvents(query: unknown): void {
  const { events = [] } = query as { events?: string | string[] };
  const names = [events].flat().flatMap((value) => value.split(','));
  const unknown = names.find((name) => !EVENT_NAMES.includes(name));
  if (unknown === undefined) return;
  throw httpError(400, `unknown event "${unknown}": choose from ${EVENT_NAMES.join(', ')}`);
}
