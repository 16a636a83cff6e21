import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePorts } from '@quotewire/testing';
import { SERVICES, type ServiceName } from './faults.ts';
import { type ChaosService, startChaosService, untilReady } from './services.ts';
import { type ChaosSite, serveChaosSite } from './site.ts';
import { subscribe, type Subscriber } from './subscriber.ts';

const SUBSCRIBERS = 3;

/** The real services, between a site and subscribers. */
export interface Product {
  readonly site: ChaosSite;
  readonly services: Readonly<Record<ServiceName, ChaosService>>;
  readonly subscribers: readonly Subscriber[];
  /** Resolves when all services are ready and all subscribers have a cursor; then opens the site. */
  untilReady(): Promise<void>;
  badExits(): string[];
  /** Returns the quotes that some subscriber lacks. */
  pendingQuotes(): number[];
  /** Returns the quotes that each subscriber lacks. */
  missingOf(): number[][];
  close(): Promise<void>;
}

/** Starts the services, each with its own `AMQP_URL`, without waiting until they are ready. */
export async function startProduct(amqpUrls: Readonly<Record<string, string>>): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), 'quotewire-chaos-'));
  const site = await serveChaosSite();
  const sourcesFile = join(folder, 'sources.json');
  await writeFile(sourcesFile, JSON.stringify({ sources: [sourceOf(site)] }));
  const ports = await freePorts(SERVICES.length);
  const start = (name: ServiceName) => {
    const env = {
      AMQP_URL: amqpUrls[name] ?? '',
      SOURCES_FILE: sourcesFile,
      TIMER_AUTOSTART: 'true',
      DRAIN_SECONDS: '1',
    };
    return startChaosService(name, { port: ports[SERVICES.indexOf(name)] ?? 0, env });
  };
  const services = {
    'quote-stream': start('quote-stream'),
    scraper: start('scraper'),
    timer: start('timer'),
  };
  const { url } = services['quote-stream'];
  // subscribed before the site opens, so that they miss nothing
  const subscribers = Array.from({ length: SUBSCRIBERS }, () => subscribe(`${url}/quoteEvent`));

  const missingOf = () =>
    subscribers.map(({ quotes }) => {
      const received = new Set(quotes.map(({ number }) => number));
      const all = Array.from({ length: site.newest }, (_, index) => index + 1);
      return all.filter((number) => !received.has(number));
    });
  return {
    site,
    services,
    subscribers,
    async untilReady() {
      await Promise.all(Object.values(services).map(untilReady));
      await eventually(() => subscribers.every(({ lastEventId }) => lastEventId !== undefined), {
        what: 'all subscribers have a cursor',
      });
      site.open();
    },
    badExits: () => Object.values(services).flatMap((service) => service.badExits),
    pendingQuotes: () => [...new Set(missingOf().flat())],
    missingOf,
    async close() {
      await Promise.all(subscribers.map((subscriber) => subscriber.close()));
      await Promise.all(Object.values(services).map((service) => service.close()));
      await site.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function sourceOf({ url }: ChaosSite): object {
  return {
    name: 'chaos',
    url,
    intervalSeconds: 1,
    jitter: 0,
    maxPages: 100,
    item: 'div.quote',
    fields: { text: 'span.text', author: 'small.author' },
    next: 'li.next > a',
  };
}
