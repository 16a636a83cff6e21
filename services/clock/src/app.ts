import { type App, createApp, type Logger, type Metrics, servePages } from '@quotewire/service';
import { Admission, Hub, privateStream, sseCounters, stream } from '@quotewire/sse';
import { createClockFeed, EVENT_NAMES } from './clock-feed.ts';
import type { ClockConfig } from './config.ts';
import { countUp } from './count-up.ts';

export interface ClockParts {
  config: ClockConfig;
  logger: Logger;
  metrics: Metrics;
}

/** The clock: one feed for all, and a counter for each. */
export async function buildClockApp({ config, logger, metrics }: ClockParts): Promise<App> {
  const count = metrics.counters(sseCounters);
  const admission = new Admission(config.stream);
  metrics.gauge('sse_clients_connected', { help: 'Open streams.', read: () => admission.size });
  // n.b. somewhat more than the feed goes back
  const hub = new Hub({ historyMaxBytes: 64 * 1024, count });
  const advanceTo = createClockFeed(hub);
  let timer: NodeJS.Timeout | undefined;
  const tick = () => {
    advanceTo(Date.now());
    // an interval would drift off the full second
    timer = setTimeout(tick, 1_000 - (Date.now() % 1_000));
  };

  const app = await createApp({ title: 'Quotewire clock', http: config.http, logger, metrics });
  app.addHook('onReady', async () => tick());
  app.addHook('onClose', async () => clearTimeout(timer));
  await servePages(app, new URL('../public/', import.meta.url));
  const shared = { admission, drainMs: config.stream.drainMs, count };
  await app.register(privateStream, { path: '/counterEvent', onOpen: countUp, ...shared });
  await app.register(async (scope) => {
    scope.addHook('preHandler', async ({ query }) => refuseUnknownEvents(query));
    const description = `Only these: ${EVENT_NAMES.join(', ')}. message is the one without a name.`;
    const filters = { events: { description, separator: ',' } };
    const front = { trustProxy: config.http.trustProxy };
    await scope.register(stream, { path: '/clockEvent', hub, filters, front, ...shared });
  });
  return app;
}

function refuseUnknownEvents(query: unknown): void {
  const { events = [] } = query as { events?: string | string[] };
  const names = [events].flat().flatMap((value) => value.split(','));
  const unknown = names.find((name) => !EVENT_NAMES.includes(name));
  if (unknown === undefined) return;
  const message = `there's no event "${unknown}": choose from ${EVENT_NAMES.join(', ')}`;
  throw Object.assign(new Error(message), { statusCode: 400 });
}
