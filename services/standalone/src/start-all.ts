import { type Bus, busCounters, connectRabbitMq, createMemoryBus } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { buildChatApp } from '@quotewire/chat';
import { buildClockApp } from '@quotewire/clock';
import { buildQuoteStreamApp } from '@quotewire/quote-stream';
import { buildSampleSiteApp } from '@quotewire/sample-site';
import { buildScraperApp } from '@quotewire/scraper';
import {
  type App,
  createMetrics,
  type HttpConfig,
  listen,
  type Metrics,
  type Logger,
} from '@quotewire/service';
import { LiveSources, loadSources, sourcesCounters } from '@quotewire/sources';
import { buildTimerApp } from '@quotewire/timer';
import type { StandaloneConfig } from './config.ts';

/** The running services, and the addresses of their pages. */
export interface Running {
  readonly livePage: string;
  readonly controlPage: string;
  readonly clockPage: string;
  readonly chatPage: string;
  close(): Promise<void>;
}

/** Starts all services in this process, over the in-memory bus, or over RabbitMQ when AMQP_URL is set. */
export async function startAll(
  config: StandaloneConfig,
  { logger }: { logger: Logger },
): Promise<Running> {
  const metrics = createMetrics();
  const apps: App[] = [];
  let site: App | undefined;
  let bus: Bus | undefined;
  let live: LiveSources | undefined;
  const start = (app: App, http: HttpConfig): Promise<string> => {
    apps.push(app);
    return listen(app, http);
  };
  const close = async () => {
    live?.close();
    bus?.shortenDeadlines();
    // concurrently, since each may take DRAIN_SECONDS
    await Promise.all(apps.map((app) => app.close()));
    // the scraper finishes its page before the site ends
    await site?.close();
    await bus?.close();
  };
  try {
    const { sampleSite, timer, scraper, quoteStream, clock, chat } = config;
    const shared = { logger, metrics };
    site = await buildSampleSiteApp({ config: sampleSite, ...shared });
    const sampleSiteUrl = await listen(site, sampleSite.http);
    const sourcesConfig = { sampleSiteUrl, ...config.sources };
    const sources = await loadSources(sourcesConfig);
    const count = metrics.counters(sourcesCounters);
    live = new LiveSources(sourcesConfig, { sources, logger, count });
    bus = await openBus(config, shared);
    const parts = { ...shared, bus, sources, live };
    const livePage = await start(
      await buildQuoteStreamApp({ config: quoteStream, ...parts }),
      quoteStream.http,
    );
    await start(await buildScraperApp({ config: scraper, ...parts }), scraper.http);
    const controlPage = await start(await buildTimerApp({ config: timer, ...parts }), timer.http);
    const clockPage = await start(await buildClockApp({ config: clock, ...shared }), clock.http);
    const chatPage = await start(await buildChatApp({ config: chat, ...parts }), chat.http);
    return { livePage, controlPage, clockPage, chatPage, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openBus(
  { amqpUrls, logMaxBytes }: StandaloneConfig,
  { logger, metrics }: { logger: Logger; metrics: Metrics },
): Promise<Bus> {
  const name = 'standalone';
  const topology = topologyOf({ logMaxBytes });
  const count = metrics.counters(busCounters);
  if (amqpUrls === undefined) return createMemoryBus({ name, topology, logger, count });
  // until the bus has connected, the thrown error reports failures
  const busLogger = logger.child({}, { level: 'silent' });
  const bus = connectRabbitMq({ url: amqpUrls, name, topology, logger: busLogger, count });
  try {
    await bus.firstConnected;
    busLogger.level = logger.level;
    return bus;
  } catch (cause) {
    await bus.close();
    const hosts = amqpUrls.map((url) => new URL(url).host).join(', ');
    const reason = `${hosts} can't be reached (${(cause as Error).message})`;
    throw new Error(`the broker at ${reason}: start it, or unset AMQP_URL to run without one`, {
      cause,
    });
  }
}
