import type { Bus, Consumer, Follower, LogEntry } from '@quotewire/bus';
import { quoteScraped, quotesLog, scrapeQueue, type sourceStatus } from '@quotewire/events';
import { type App, createApp, type Metrics, requireToken, type Logger } from '@quotewire/service';
import { privateHostsOf, type Source } from '@quotewire/sources';
import { Type } from 'typebox';
import type { ScraperConfig } from './config.ts';
import { createExtractor } from './extract/create-extractor.ts';
import { downloadCounters } from './fetch/counters.ts';
import { Downloader } from './fetch/downloader.ts';
import { onScrapeRequested } from './on-scrape-requested.ts';
import { PublishedQuotes } from './published-quotes.ts';
import { scrapeCounters } from './scrape-counters.ts';
import { SourceStates } from './source-states.ts';

export interface ScraperParts {
  config: ScraperConfig;
  bus: Bus;
  sources: readonly Source[];
  logger: Logger;
  metrics: Metrics;
}

/** The scraper: begins to work when it listens, and finishes the pages in hand when it closes. */
export async function buildScraperApp({
  config,
  bus,
  sources,
  logger,
  metrics,
}: ScraperParts): Promise<App> {
  const app = await createApp({
    title: 'Quotewire scraper',
    http: config.http,
    logger,
    metrics,
    problems: () => bus.problems(),
  });
  const { userAgent, limits } = config;
  const downloader = new Downloader({
    bus,
    limits,
    userAgent,
    privateHosts: privateHostsOf(sources),
    count: downloadCounters(metrics),
  });
  const extractor = createExtractor({ size: config.threads });
  const published = new PublishedQuotes();
  const states = new SourceStates({ bus, sources });
  const count = scrapeCounters(metrics);
  const readers: (Follower | Consumer)[] = [];

  function learn({ event }: LogEntry<typeof quoteScraped | typeof sourceStatus>): void {
    if (event === undefined) return;
    if (event.type === quoteScraped.type) {
      published.add(event.data);
      states.learnNews(event.data);
    } else states.learn(event.data, event.time);
  }

  metrics.gauges('scraper_sources', {
    help: 'Sources by how they are doing.',
    label: 'state',
    read: () => states.counts(),
  });

  app.addHook('onListen', () => {
    const follower = bus.follow(quotesLog, learn);
    readers.push(follower);
    // what was published already has to be known before the first page is judged by it
    follower.caughtUp.then(
      () => {
        const handle = onScrapeRequested({
          bus,
          sources,
          published,
          states,
          fetchPage: (url, options) => downloader.fetch(url, options),
          extract: extractor.extract,
          count,
        });
        readers.push(bus.consume(scrapeQueue, handle, { concurrency: config.concurrency }));
      },
      () => {},
    );
  });
  app.addHook('preClose', async () => {
    // n.b. at once: no job in hand has to wait for its host
    await Promise.all([...readers, downloader].map((part) => part.close()));
    await extractor.close();
  });

  app.get('/sources', { schema: { summary: 'Each source and how it is doing.' } }, () => ({
    sources: states.view(),
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
      const source = sources.find((candidate) => candidate.name === name);
      if (source === undefined) {
        const message = `there's no source "${name}"; see GET /sources`;
        return reply.code(404).send({ statusCode: 404, error: 'Not Found', message });
      }
      try {
        const page = await downloader.fetch(source.url, { source });
        if (page === undefined) throw new Error(`${source.url} answered 304 without being asked`);
        const scrapedAt = new Date().toISOString();
        return await extractor.extract(page, { source, scrapedAt });
      } catch (error) {
        return reply
          .code(502)
          .send({ statusCode: 502, error: 'Bad Gateway', message: (error as Error).message });
      }
    },
  );
  return app;
}
