import type { Follower } from '@quotewire/bus';
import { type App, createApp, type Logger, type Metrics, type Workers } from '@quotewire/service';
import { ConnectionLimit, deliverySeconds, Hub, sseCounters, stream } from '@quotewire/sse';
import type { QuoteStreamConfig } from './config.ts';
import { QUOTE_FILTERS } from './list-query.ts';
import { isQuote, QuoteFeed, TRACE } from './quote-feed.ts';
import type { QuoteOrigin } from './quote-origin.ts';
import { serveLists } from './serve-lists.ts';

export { logOrigin, type QuoteOrigin } from './quote-origin.ts';

export interface QuoteStreamParts {
  config: QuoteStreamConfig;
  origin: QuoteOrigin;
  logger: Logger;
  metrics: Metrics;
  /** The other workers, of several that share the port. */
  workers?: Workers | undefined;
}

/** Builds the quote stream as an app of its own. */
export async function buildQuoteStreamApp(parts: QuoteStreamParts): Promise<App> {
  const { http } = parts.config;
  const app = await createApp({ title: 'Quotewire quote stream', ...parts, http });
  await app.register(quoteStream, parts);
  return app;
}

/** The quote stream, a Fastify plugin: follows its origin once the app is ready to listen, and ends the streams when the app closes. */
export async function quoteStream(
  app: App,
  { config, origin, metrics }: QuoteStreamParts,
): Promise<void> {
  let follower: Follower | undefined;
  let isFilled = false;
  const count = metrics.counters(sseCounters);
  const hub = new Hub({
    historyMaxBytes: config.historyMaxBytes,
    isCounted: isQuote,
    isBehind: () => origin.problems().length > 0,
    count,
    onDelivered: metrics.histogram('sse_delivery_seconds', deliverySeconds),
  });
  // what the history is filled with at the start was delivered by another process
  const feed = new QuoteFeed({ hub, isLive: () => isFilled });
  metrics.gauge('sse_clients_connected', {
    help: 'Open streams.',
    read: () => hub.subscriberCount,
  });
  metrics.gauge('sse_history_bytes', {
    help: 'Bytes held for replay.',
    read: () => hub.history.bytes,
  });

  app.addReadinessCheck(() => [
    ...origin.problems(),
    ...(isFilled ? [] : ['the history is not filled yet']),
    ...(hub.isDraining ? ['closing'] : []),
  ]);
  app.addHook('onReady', async () => {
    follower = origin.follow(feed);
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
    full: TRACE,
    connectionLimit: new ConnectionLimit(config.stream),
    refusal: () => (isFilled ? undefined : 'filling'),
    fastPath: { trustProxy: config.http.trustProxy },
    compresses: config.stream.compresses,
    drainMs: config.stream.drainMs,
    count,
  });
  await serveLists(app, { http: config.http, feed, isFilled: () => isFilled });
}
