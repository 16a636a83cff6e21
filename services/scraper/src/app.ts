import { type Bus, type Consumer, type Follower, PostponeError } from '@quotewire/bus';
import { scrapeQueue } from '@quotewire/events';
import { createExtractor } from '@quotewire/extract';
import { downloadCounters, Downloader } from '@quotewire/fetch';
import {
  type App,
  createApp,
  httpError,
  type Logger,
  type Metrics,
  requireToken,
} from '@quotewire/service';
import { type LiveSources, privateHostsOf, type Source } from '@quotewire/sources';
import { Type } from 'typebox';
import type { ScraperConfig } from './config.ts';
import { learnFromLogs } from './learn-from-logs.ts';
import { onScrapeRequested } from './on-scrape-requested.ts';
import { PublishedQuotes } from './published-quotes.ts';
import { PublishedWriter } from './published-writer.ts';
import { scrapeCounters } from './scrape-counters.ts';
import { SourceStates } from './source-states.ts';

export interface ScraperParts {
  config: ScraperConfig;
  bus: Bus;
  sources: readonly Source[];
  /** Reloads the sources after edits of their file; without it the sources never change. */
  live?: LiveSources;
  logger: Logger;
  metrics: Metrics;
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
  { config, bus, sources, live, logger, metrics }: ScraperParts,
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
  live?.follow(sources, (now) => {
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
  const count = scrapeCounters(metrics);
  const readers: (Follower | Consumer)[] = [];

  metrics.gauges('scraper_sources', {
    help: 'Sources by how they are doing.',
    label: 'state',
    read: () => states.counts(),
  });

  app.addHook('onListen', () => {
    const follower = learnFromLogs({ bus, published, states, writer, logger });
    readers.push(follower);
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
          extract: extractor.extract,
          count,
        });
        readers.push(bus.consume(scrapeQueue, handle, { concurrency: config.concurrency }));
      },
      () => {},
    );
  });
  app.addHook('preClose', async () => {
    // in parallel, so that no job in progress waits for its host
    await Promise.all([...readers, downloader].map((part) => part.close()));
    await extractor.close();
  });

  app.get('/sources', { schema: { summary: 'Each source and how it is doing.' } }, () => ({
    sources: states.view(),
    ...(live && { sourcesFile: live.view() }),
  }));
  app.post(
    '/sources/:name/preview',
    {
      onRequest: requireToken(config.adminToken),
      schema: {
        summary: 'Fetch a source and show what would be published. Publishes nothing.',
        params: Type.Object({ name: Type.String() }),
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const source = sourceNamed(name);
      if (source === undefined)
        throw httpError(404, `there's no source "${name}"; see GET /sources`);
      const untilWhen = states.blockedUntil(source) ?? states.retryAt(source);
      if (untilWhen !== undefined) {
        const seconds = Math.ceil((untilWhen.getTime() - Date.now()) / 1_000);
        void reply.header('retry-after', Math.max(1, seconds));
        throw httpError(
          503,
          `${new URL(source.url).host} gets no requests until ${untilWhen.toISOString()}`,
        );
      }
      try {
        const page = await downloader.fetch(source.url, { source });
        if (page === undefined)
          throw new Error(`${source.url} answered 304 to an unconditional request`);
        const scrapedAt = new Date().toISOString();
        return await extractor.extract(page, { source, scrapedAt });
      } catch (cause) {
        const statusCode = cause instanceof PostponeError ? 503 : 502;
        throw httpError(statusCode, (cause as Error).message, { cause });
      }
    },
  );
}
