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
import { loadSources } from '@quotewire/sources';
import { buildTimerApp } from '@quotewire/timer';
import type { StandaloneConfig } from './config.ts';

/** Everything that runs, and where people find it. */
export interface Running {
  readonly livePage: string;
  readonly controlPage: string;
  readonly clockPage: string;
  readonly chatPage: string;
  close(): Promise<void>;
}

/** Starts all services in this process, over the in-memory bus, or over RabbitMQ when one is named. */
export async function startAll(
  config: StandaloneConfig,
  { logger }: { logger: Logger },
): Promise<Running> {
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
    const { sampleSite, timer, scraper, quoteStream, clock, chat } = config;
    const shared = { logger, metrics };
    const sampleSiteUrl = await start(
      await buildSampleSiteApp({ config: sampleSite, ...shared }),
      sampleSite.http,
    );
    const sources = await loadSources({ sampleSiteUrl, ...config.sources });
    const bus = await openBus(config, shared);
    started.push(bus);
    const parts = { ...shared, bus, sources };
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
  { amqpUrl, logMaxBytes }: StandaloneConfig,
  { logger, metrics }: { logger: Logger; metrics: Metrics },
): Promise<Bus> {
  const name = 'standalone';
  const topology = topologyOf({ logMaxBytes });
  const count = metrics.counters(busCounters);
  if (amqpUrl === undefined) return createMemoryBus({ name, topology, logger, count });
  // until it's connected, what goes wrong is told by the error
  const busLogger = logger.child({}, { level: 'silent' });
  const bus = connectRabbitMq({ url: amqpUrl, name, topology, logger: busLogger, count });
  try {
    await bus.firstConnected;
    busLogger.level = logger.level;
    return bus;
  } catch (cause) {
    await bus.close();
    const reason = `${new URL(amqpUrl).host} can't be reached (${(cause as Error).message})`;
    throw new Error(`the broker at ${reason}: start it, or unset AMQP_URL to run without one`, {
      cause,
    });
  }
}
