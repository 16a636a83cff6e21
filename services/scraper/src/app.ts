import { randomInt } from 'node:crypto';
import type { Bus, Consumer, Follower, Tracing } from '@quotewire/bus';
import { scrapeQueue } from '@quotewire/events';
import { createExtractor } from '@quotewire/extract';
import { downloadCounters, Downloader } from '@quotewire/fetch';
import { type App, createApp, type Logger, type Metrics } from '@quotewire/service';
import { type LiveSources, privateHostsOf, type Source } from '@quotewire/sources';
import type { ScraperConfig } from './config.ts';
import { learnFromLogs } from './learn-from-logs.ts';
import { onScrapeRequested } from './on-scrape-requested.ts';
import { PublishedQuotes } from './published-quotes.ts';
import { PublishedWriter } from './published-writer.ts';
import { scrapeCounters, startAtZero } from './scrape-counters.ts';
import { sourceRoutes } from './source-routes.ts';
import { SourceStates } from './source-states.ts';
import { Trial } from './trial.ts';

export interface ScraperParts {
  config: ScraperConfig;
  bus: Bus;
  sources: readonly Source[];
  /** Reloads the sources after edits of their file; without it the sources never change. */
  live?: LiveSources;
  logger: Logger;
  metrics: Metrics;
  tracing?: Tracing | undefined;
}

/** Builds the scraper as an app of its own. */
export async function buildScraperApp(parts: ScraperParts): Promise<App> {
  const { http } = parts.config;
  const app = await createApp({ title: 'Quotewire scraper', ...parts, http, home: '/sources' });
  await app.register(scraper, parts);
  return app;
}

/** The scraper, a Fastify plugin: consumes jobs once the app listens, and finishes the pages in progress when it closes. */
export async function scraper(
  app: App,
  { config, bus, sources, live, logger, metrics, tracing }: ScraperParts,
): Promise<void> {
  app.addReadinessCheck(() => bus.problems());
  const { userAgent, limits } = config;
  const downloader = new Downloader({
    bus,
    limits,
    userAgent,
    privateHosts: privateHostsOf(sources),
    count: downloadCounters(metrics),
  });
  const extractor = createExtractor({ size: config.threads });
  const states = new SourceStates({ bus, sources });
  const count = scrapeCounters(metrics);
  startAtZero(count, sources);
  live?.follow(sources, (now) => {
    startAtZero(count, now);
    states.replaceSources(now);
    downloader.replacePrivateHosts(privateHostsOf(now));
  });
  const sourceNamed = (name: string) =>
    (live?.current ?? sources).find((candidate) => candidate.name === name);
  const writer = new PublishedWriter({
    bus,
    logger,
    publishStates: () => states.publishSnapshot(),
    sourceCount: () => states.size,
  });
  const published = new PublishedQuotes({ onRefresh: (id) => writer.refresh(id) });
  let follower: Follower | undefined;
  let consumer: Consumer | undefined;

  metrics.gauges('scraper_sources', {
    help: 'Sources by how they are doing.',
    labels: ['state'],
    read: () =>
      Object.entries(states.counts()).map(([state, value]) => ({ labels: { state }, value })),
  });
  const observeWait = metrics.histogram('scrape_job_wait_seconds', {
    help: 'Time from the publication of a job until a scraper began its first attempt.',
    buckets: [0.01, 0.1, 1, 5, 15, 60, 300, 900],
  });

  app.addHook('onListen', () => {
    follower = learnFromLogs({ bus, published, states, writer, logger });
    // the ids of published quotes must be complete before the first page is compared with them
    follower.caughtUp.then(
      () => {
        const handle = onScrapeRequested({
          bus,
          sourceNamed,
          refreshSources: async () => live?.refresh(),
          published,
          states,
          fetchPage: (url, options) => downloader.fetch(url, options),
          pauseMsOf: (url) => downloader.pauseMsOf(url),
          randomBelow: (end) => randomInt(end),
          extract: extractor.extract,
          count,
          tracing,
        });
        const handleTimed: typeof handle = (event, delivery) => {
          if (!delivery.isRepeat) observeWait((Date.now() - Date.parse(event.time)) / 1_000);
          return handle(event, delivery);
        };
        consumer = bus.consume(scrapeQueue, handleTimed, { concurrency: config.concurrency });
      },
      () => {},
    );
  });
  app.addHook('preClose', async () => {
    // in parallel, so that no job in progress waits for its host
    await Promise.all([consumer?.close(), downloader.close()]);
    // pages in progress wait for their quotes to come back from the log
    await follower?.close();
    await extractor.close();
  });

  const trial = new Trial({
    fetchPage: (url, options) => downloader.fetch(url, options),
    extract: extractor.extract,
    states,
    config: config.sources,
    isOwnHost: (host) => privateHostsOf(live?.current ?? sources).has(host),
  });
  await sourceRoutes(app, { config, states, live, sourceNamed, trial });
}
