import type { Bus, Follower } from '@quotewire/bus';
import { quotesLog } from '@quotewire/events';
import { type App, createApp, type Logger, type Metrics } from '@quotewire/service';
import { ConnectionLimit, Hub, sseCounters, stream } from '@quotewire/sse';
import type { QuoteStreamConfig } from './config.ts';
import { QUOTE_FILTERS } from './list-query.ts';
import { isQuote, QuoteFeed, TRACE } from './quote-feed.ts';
import { serveLists } from './serve-lists.ts';

export interface QuoteStreamParts {
  config: QuoteStreamConfig;
  bus: Bus;
  logger: Logger;
  metrics: Metrics;
}

/** Builds the quote stream as an app of its own. */
export async function buildQuoteStreamApp(parts: QuoteStreamParts): Promise<App> {
  const { http } = parts.config;
  const app = await createApp({ title: 'Quotewire quote stream', ...parts, http });
  await app.register(quoteStream, parts);
  return app;
}

/** The quote stream, a Fastify plugin: follows the log once the app listens, and ends the streams when the app closes. */
export async function quoteStream(
  app: App,
  { config, bus, metrics }: QuoteStreamParts,
): Promise<void> {
  let follower: Follower | undefined;
  let isFilled = false;
  const count = metrics.counters(sseCounters);
  const hub = new Hub({ historyMaxBytes: config.historyMaxBytes, isCounted: isQuote, count });
  const feed = new QuoteFeed({ hub });
  metrics.gauge('sse_clients_connected', {
    help: 'Open streams.',
    read: () => hub.subscriberCount,
  });
  metrics.gauge('sse_history_bytes', {
    help: 'Bytes held for replay.',
    read: () => hub.history.bytes,
  });

  app.addReadinessCheck(() => [
    // this service publishes only log markers
    ...bus.problems({ withPublishing: false }),
    ...(isFilled ? [] : ['the history is not filled yet']),
    ...(hub.isDraining ? ['closing'] : []),
  ]);
  app.addHook('onListen', () => {
    follower = bus.follow(quotesLog, (entry) => feed.onEntry(entry), {
      newest: config.historyStartEntries,
      onGap(reason) {
        feed.onGap();
        hub.interrupt(reason);
      },
    });
    follower.caughtUp.then(
      () => {
        isFilled = true;
      },
      () => {},
    );
  });
  app.addHook('onClose', () => follower?.close());

  await app.register(stream, {
    path: '/quoteEvent',
    hub,
    filters: QUOTE_FILTERS,
    comments: TRACE,
    connectionLimit: new ConnectionLimit(config.stream),
    refusal: () => (isFilled ? undefined : 'filling'),
    fastPath: { trustProxy: config.http.trustProxy },
    compresses: config.stream.compresses,
    drainMs: config.stream.drainMs,
    count,
  });
  await serveLists(app, { http: config.http, feed });
}
