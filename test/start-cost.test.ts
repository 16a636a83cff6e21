import { connectRabbitMq, type RabbitMqBus } from '@quotewire/bus';
import {
  publishedLog,
  quoteId,
  quotesLog,
  quoteScraped,
  scrapeRequested,
  sourceStatus,
  topologyOf,
} from '@quotewire/events';
import { createLogger } from '@quotewire/service';
import { eventually } from '@quotewire/testing';
import { serveSite, type Site } from '@quotewire/testing/serve-site';
import { writeSources } from '@quotewire/testing/write-sources';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPrivateBroker } from './support/describe-with-private-broker.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

const QUOTES = 22_000;
/** The maximum number of entries that a start reads, however long the logs are. */
const FEW = 5_200;
const TIMEOUT_MS = 120_000;
const textOf = (number: number) => `quote number ${number}`;
/** Of all ages, and a new one. */
const NUMBERS = [...Array.from({ length: 50 }, (_, index) => index * 440), QUOTES + 1];

describeWithPrivateBroker('a start with long logs', (broker) => {
  let bus: RabbitMqBus;
  let site: Site;
  let env: Record<string, string>;

  beforeAll(async () => {
    bus = connectRabbitMq({
      url: broker().url,
      name: 'test',
      topology: topologyOf(),
      logger: createLogger({ name: 'test', level: 'silent' }),
    });
    await bus.firstConnected;
    site = await serveSite((_, response) => {
      const items = NUMBERS.map((number) => `<p>${textOf(number)}</p>`);
      response.writeHead(200, { 'content-type': 'text/html' }).end(items.join(''));
    });
    const names = ['known', 'quiet'];
    const path = writeSources(
      names.map((name) => ({
        name,
        url: `${site.url}/${name}`,
        item: 'p',
        fields: { text: ':scope' },
      })),
    );
    env = { AMQP_URL: broker().url, SOURCES_FILE: path };
    await bus.publish(sourceStatus, {
      source: 'quiet',
      state: 'stale',
      since: '2026-01-01T00:00:00.000Z',
      detail: 'Nothing new.',
    });
    const publishOne = (number: number) =>
      bus.publish(quoteScraped, {
        id: quoteId({ text: textOf(number), author: '' }),
        text: textOf(number),
        author: '',
        tags: [],
        source: 'known',
        url: `${site.url}/known`,
        scrapedAt: new Date().toISOString(),
        runId: 'run-0',
      });
    for (let first = 0; first < QUOTES; first += 2_000) {
      await Promise.all(Array.from({ length: 2_000 }, (_, index) => publishOne(first + index)));
    }
    // the first start reads all of them, and writes the batches
    const scraper = await startReady('scraper');
    await untilBatches(Math.floor(QUOTES / 2_500) - 1);
    await scraper.terminate();
  }, TIMEOUT_MS);
  afterAll(() => bus.close());

  async function startReady(service: string): Promise<ListeningProcess> {
    const started = await startProcess(service, { env });
    await eventually(async () => (await fetch(`${started.url}/readyz`)).ok, {
      what: `${service} is ready`,
      timeoutMs: 60_000,
    });
    return started;
  }

  async function untilBatches(count: number): Promise<void> {
    let batches = 0;
    const follower = bus.follow(publishedLog, ({ event }) => {
      if (event !== undefined) batches += 1;
    });
    await eventually(() => batches >= count, { what: `${count} batches`, timeoutMs: 60_000 });
    await follower.close();
  }

  async function deliveriesOf({ url }: ListeningProcess): Promise<number> {
    const text = await (await fetch(`${url}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith('amqp_log_entries_total{'))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  it(
    'reads few entries in the scraper, which still knows all quotes and sources',
    async () => {
      const scraper = await startReady('scraper');
      expect(await deliveriesOf(scraper)).toBeLessThan(FEW);
      const { sources } = (await (await fetch(`${scraper.url}/sources`)).json()) as {
        sources: { name: string; status: { state: string } | null }[];
      };
      expect(sources.find(({ name }) => name === 'quiet')?.status?.state).toBe('stale');

      const published: string[] = [];
      let isDone = false;
      const follower = bus.follow(
        quotesLog,
        ({ event }) => {
          if (event?.type === quoteScraped.type && event.data.runId === 'run-1') {
            published.push(event.data.text);
          }
          if (event?.type === sourceStatus.type && event.data.source === 'known') isDone = true;
        },
        { newest: 1 },
      );
      await follower.caughtUp;
      await bus.publish(scrapeRequested, {
        source: 'known',
        runId: 'run-1',
        page: 1,
        url: `${site.url}/known`,
        expiresAt: new Date(Date.now() + 60_000).toISOString(),
      });
      await eventually(() => isDone, { what: 'the run ends', timeoutMs: 60_000 });
      expect(published).toEqual([textOf(QUOTES + 1)]);
    },
    TIMEOUT_MS,
  );

  it(
    'reads few entries in quote-stream, which still knows all sources',
    async () => {
      const quoteStream = await startReady('quote-stream');
      expect(await deliveriesOf(quoteStream)).toBeLessThan(FEW);
      const { sources, quotes } = (await (await fetch(`${quoteStream.url}/quotes`)).json()) as {
        sources: { source: string; state: string }[];
        quotes: { text: string }[];
      };
      expect(sources.find(({ source }) => source === 'quiet')?.state).toBe('stale');
      expect(quotes[0]?.text).toBe(textOf(QUOTES + 1));
    },
    TIMEOUT_MS,
  );
});
