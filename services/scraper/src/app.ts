import type { Bus, Consumer, Follower, LogEntry } from '@quotewire/bus';
import { quoteScraped, quotesLog, scrapeQueue, type sourceStatus } from '@quotewire/events';
import { type App, createApp, type Metrics, requireToken, type Logger } from '@quotewire/service';
import type { Source } from '@quotewire/sources';
import { Type } from 'typebox';
import type { ScraperConfig } from './config.ts';
import { extractQuotes } from './extract-quotes.ts';
import { createAgent, fetchPage } from './fetch-page.ts';
import { HostTurns } from './host-turns.ts';
import { onScrapeRequested } from './on-scrape-requested.ts';
import { PublishedQuotes } from './published-quotes.ts';
import { SourceStates } from './source-states.ts';

export interface ScraperParts {
  config: ScraperConfig;
  bus: Bus;
  sources: readonly Source[];
  logger: Logger;
  metrics: Metrics;
}

const scraperCounters = {
  scrape_jobs_expired_total: {
    help: "Jobs that nobody took in time and that weren't worth doing any more.",
    labels: [],
  },
} as const;

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
  const agent = createAgent();
  const turns = new HostTurns({ bus });
  const published = new PublishedQuotes();
  const states = new SourceStates({ bus, sources });
  const count = metrics.counters(scraperCounters);
  const readers: (Follower | Consumer)[] = [];

  function learn({ event }: LogEntry<typeof quoteScraped | typeof sourceStatus>): void {
    if (event === undefined) return;
    if (event.type === quoteScraped.type) published.add(event.data);
    else states.learn(event.data);
  }

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
          fetchPage: (url) => turns.take(new URL(url).host, () => fetchPage(url, { agent })),
          onExpired: () => count('scrape_jobs_expired_total', {}),
        });
        readers.push(bus.consume(scrapeQueue, handle, { concurrency: config.concurrency }));
      },
      () => {},
    );
  });
  app.addHook('preClose', async () => {
    await Promise.all(readers.map((reader) => reader.close()));
    await agent.close();
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
        const { host } = new URL(source.url);
        const page = await turns.take(host, () => fetchPage(source.url, { agent }));
        return extractQuotes(page, { source, scrapedAt: new Date().toISOString() });
      } catch (error) {
        return reply
          .code(502)
          .send({ statusCode: 502, error: 'Bad Gateway', message: (error as Error).message });
      }
    },
  );
  return app;
}
