import type { Bus, Follower } from '@quotewire/bus';
import { Quote, quotesLog, SourceStatus } from '@quotewire/events';
import {
  type App,
  createApp,
  type Logger,
  type Metrics,
  sendHtml,
  servePages,
} from '@quotewire/service';
import { ConnectionLimit, Hub, sseCounters, stream } from '@quotewire/sse';
import { Type } from 'typebox';
import type { QuoteStreamConfig } from './config.ts';
import { ListQuery, QUOTE_FILTERS, selectionOf } from './list-query.ts';
import { isQuote, QuoteFeed } from './quote-feed.ts';

export interface QuoteStreamParts {
  config: QuoteStreamConfig;
  bus: Bus;
  logger: Logger;
  metrics: Metrics;
}

const List = Type.Object({
  quotes: Type.Array(Quote, { description: 'Newest first, as far back as the history reaches.' }),
  sources: Type.Array(SourceStatus),
  cursor: Type.String({
    description: 'The value of lastEventId for a stream that continues this list.',
  }),
  before: Type.Union([Type.String(), Type.Null()], {
    description:
      'The value of before for the next page; null at the end of the history. A request reads a bounded part of the history, so that a page can have fewer quotes than the limit, or none, though older ones match.',
  }),
});

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

  const page = await servePages(app, {
    folder: new URL('../public/', import.meta.url),
    assets: '/quotes/assets/',
    files: { 'index.html': 'live' },
    http: config.http,
  });
  app.get('/', { schema: { hide: true } }, (_request, reply) =>
    sendHtml(reply, page('index.html')),
  );
  await app.register(stream, {
    path: '/quoteEvent',
    hub,
    filters: QUOTE_FILTERS,
    connectionLimit: new ConnectionLimit(config.stream),
    refusal: () => (isFilled ? undefined : 'filling'),
    fastPath: { trustProxy: config.http.trustProxy },
    drainMs: config.stream.drainMs,
    count,
  });
  app.get(
    '/quotes',
    { schema: { summary: 'The newest quotes.', querystring: ListQuery, response: { 200: List } } },
    (request) =>
      feed.list(selectionOf(request.query), {
        ...request.query,
        isWanted: () => !request.socket.destroyed,
      }),
  );
}
