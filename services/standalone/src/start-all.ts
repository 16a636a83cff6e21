import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  type Bus,
  busCountersOf,
  connectRabbitMq,
  createMemoryBus,
  exposeBus,
  isLoginRefused,
  type Tracing,
  withTraces,
} from '@quotewire/bus';
import { chat } from '@quotewire/chat';
import { clock } from '@quotewire/clock';
import { topologyOf } from '@quotewire/events';
import { logOrigin, quoteStream } from '@quotewire/quote-stream';
import { sampleSite } from '@quotewire/sample-site';
import { scraper } from '@quotewire/scraper';
import { createApp, createMetrics, listen, type Logger, type Metrics } from '@quotewire/service';
import { LiveSources, loadSources, sourcesCounters } from '@quotewire/sources';
import { timerService } from '@quotewire/timer';
import type { StandaloneConfig } from './config.ts';

/** The running services, on one origin. */
export interface Running {
  readonly url: string;
  close(): Promise<void>;
}

const SAMPLE_SITE = '/sample-site';

/** Starts all services in this process on one port, over the in-memory bus, or over RabbitMQ when AMQP_URL is set. */
export async function startAll(
  config: StandaloneConfig,
  { logger, tracing }: { logger: Logger; tracing?: Tracing | undefined },
): Promise<Running> {
  const metrics = createMetrics();
  const { host } = config.http;
  // the sources need the address before the app can listen
  const port = config.http.port === 0 ? await freePort(host) : config.http.port;
  const http = { ...config.http, port };
  const sourcesConfig = { sampleSiteUrl: `${localUrl(http)}${SAMPLE_SITE}`, ...config.sources };
  const sources = await loadSources(sourcesConfig);
  const bus = withTraces(await openBus(config, { logger, metrics }), tracing);
  exposeBus(bus, metrics);
  const count = metrics.counters(sourcesCounters);
  const live = new LiveSources(sourcesConfig, { sources, logger, count });
  const app = await createApp({ title: 'Quotewire', http, logger, metrics });
  const close = async () => {
    live.close();
    bus.shortenDeadlines();
    await app.close();
    await bus.close();
  };
  try {
    const shared = { logger, metrics };
    const parts = { ...shared, bus, sources, live };
    const origin = logOrigin(bus, { newest: config.quoteStream.historyStartEntries });
    await app.register(quoteStream, { config: config.quoteStream, origin, ...shared });
    await app.register(scraper, {
      config: { ...config.scraper, sources: sourcesConfig },
      ...parts,
      tracing,
    });
    await app.register(timerService, { config: config.timer, ...parts });
    await app.register(clock, { config: config.clock, ...shared });
    await app.register(chat, { config: config.chat, ...parts });
    await app.register(sampleSite, { config: config.sampleSite, ...shared, prefix: SAMPLE_SITE });
    await listen(app, http);
    return { url: localUrl(http), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The address of this process for itself and for a browser on this machine. */
function localUrl({ host, port }: { host: string; port: number }): string {
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const name = isEverywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function openBus(
  { amqpUrls, logMaxBytes }: StandaloneConfig,
  { logger, metrics }: { logger: Logger; metrics: Metrics },
): Promise<Bus> {
  const name = 'standalone';
  const topology = topologyOf({ logMaxBytes });
  const count = busCountersOf(metrics, topology);
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
    const { message } = cause as Error;
    const problem = isLoginRefused(message)
      ? `refuses the user's name or the password (${message}): correct them in AMQP_URL`
      : `can't be reached (${message}): start it`;
    throw new Error(`the broker at ${hosts} ${problem}, or unset AMQP_URL to run without one`, {
      cause,
    });
  }
}
