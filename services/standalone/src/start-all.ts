import { type Bus, busCounters, connectRabbitMq, createMemoryBus } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { buildQuoteStreamApp } from '@quotewire/quote-stream';
import { loadConfig as loadQuoteStreamConfig } from '@quotewire/quote-stream/config';
import { buildSampleSiteApp } from '@quotewire/sample-site';
import { loadConfig as loadSampleSiteConfig } from '@quotewire/sample-site/config';
import { buildScraperApp } from '@quotewire/scraper';
import { loadConfig as loadScraperConfig } from '@quotewire/scraper/config';
import {
  type App,
  createMetrics,
  type Environment,
  type HttpConfig,
  listen,
  type Metrics,
  type Logger,
} from '@quotewire/service';
import { loadSources } from '@quotewire/sources';
import { buildTimerApp } from '@quotewire/timer';
import { loadConfig as loadTimerConfig } from '@quotewire/timer/config';
import { loadConfig } from './config.ts';

/** Everything that runs, and where people find it. */
export interface Running {
  readonly livePage: string;
  readonly controlPage: string;
  close(): Promise<void>;
}

/** Starts all services in this process, over the in-memory bus, or over RabbitMQ when one is named. */
export async function startAll(env: Environment, { logger }: { logger: Logger }): Promise<Running> {
  const config = loadConfig(env);
  const sampleSiteConfig = loadSampleSiteConfig(config.envs.sampleSite);
  const timerConfig = loadTimerConfig(config.envs.timer);
  const scraperConfig = loadScraperConfig(config.envs.scraper);
  const quoteStreamConfig = loadQuoteStreamConfig(config.envs.quoteStream);

  const metrics = createMetrics();
  const started: { close(): Promise<unknown> }[] = [];
  const start = async (app: App, http: HttpConfig): Promise<string> => {
    started.unshift(app);
    return listen(app, http);
  };
  const close = async () => {
    for (const part of started) await part.close();
  };
  try {
    const sampleSite = await buildSampleSiteApp({ config: sampleSiteConfig, logger, metrics });
    const sampleSiteUrl = env.SAMPLE_SITE_URL ?? (await start(sampleSite, sampleSiteConfig.http));
    const sources = await loadSources({ ...timerConfig.sources, sampleSiteUrl });
    const bus = await openBus(config, { logger, metrics });
    started.push(bus);
    const shared = { bus, sources, logger, metrics };
    const quoteStream = await buildQuoteStreamApp({ config: quoteStreamConfig, ...shared });
    const livePage = await start(quoteStream, quoteStreamConfig.http);
    await start(await buildScraperApp({ config: scraperConfig, ...shared }), scraperConfig.http);
    const controlPage = await start(
      await buildTimerApp({ config: timerConfig, ...shared }),
      timerConfig.http,
    );
    return { livePage, controlPage, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openBus(
  { amqpUrl, logMaxBytes }: { amqpUrl: string | undefined; logMaxBytes: number },
  { logger, metrics }: { logger: Logger; metrics: Metrics },
): Promise<Bus> {
  const options = {
    name: 'standalone',
    topology: topologyOf({ logMaxBytes }),
    logger,
    count: metrics.counters(busCounters),
  };
  if (amqpUrl === undefined) return createMemoryBus(options);
  const bus = connectRabbitMq({ ...options, url: amqpUrl });
  try {
    await bus.firstConnected;
    return bus;
  } catch (cause) {
    await bus.close();
    const { host } = new URL(amqpUrl);
    throw new Error(
      `the broker at ${host} can't be reached (${(cause as Error).message}): start it, or unset AMQP_URL to run without one`,
      { cause },
    );
  }
}
