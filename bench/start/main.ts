// Measures the cost of a start with full logs: node bench/start/main.ts --help
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRabbitMq, type RabbitMqBus } from '@quotewire/bus';
import {
  type PublishedBatch,
  publishedLog,
  quotesLog,
  quoteScraped,
  scrapeRequested,
  sourceStatus,
  topologyOf,
} from '@quotewire/events';
import { createLogger } from '@quotewire/service';
import { readCommandLine, wholeNumberIn } from '@quotewire/terminal';
import { eventually, startPrivateBroker } from '@quotewire/testing';
import { countEntries, fillBatches, fillQuotes, numberedQuote } from './fill.ts';
import { type StartedService, startService } from './start-service.ts';

const SAMPLE = 900;
const { against, quotes, life, rounds } = readCommandLine(
  {
    command: 'node bench/start/main.ts',
    summary: 'Measures what a start of quote-stream and of the scraper costs with full logs.',
    options: {
      against: {
        type: 'string',
        value: '<folder>',
        defaultText: 'none',
        description: 'another working copy, measured too',
      },
      quotes: {
        type: 'string',
        value: '<number>',
        default: '330000',
        description: 'quotes that are published before',
      },
      life: {
        type: 'string',
        value: '<number>',
        default: '3000000',
        description: 'quotes that the batches of ids remember',
      },
      rounds: {
        type: 'string',
        value: '<number>',
        default: '3',
        description: 'how often each start is measured',
      },
    },
    examples: ['node bench/start/main.ts', 'node bench/start/main.ts --quotes 20000 --rounds 1'],
  },
  ({ values }) => ({
    against: values.against,
    quotes: wholeNumberIn('--quotes', values.quotes, { min: 1 }),
    life: wholeNumberIn('--life', values.life, { min: 1 }),
    rounds: wholeNumberIn('--rounds', values.rounds, { min: 1 }),
  }),
);
const here = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'quotewire-start-'));
const print = (text: string) => process.stdout.write(`${text}\n`);

/** A page of known quotes, spread evenly over all numbers, and one new quote. */
const page = () => {
  const known = Array.from({ length: SAMPLE }, (_, index) => Math.floor((index * life) / SAMPLE));
  const texts = [...known, life + quotes].map((number) => numberedQuote(number).text);
  return texts.map((text) => `<div><p>${text}</p><b>Nobody</b></div>`).join('');
};

const site = createServer((request, response) => {
  if (request.url === '/robots.txt') response.writeHead(404).end();
  else response.setHeader('content-type', 'text/html').end(page());
}).listen(0, '127.0.0.1');
await once(site, 'listening');
const siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
const sourcesFile = join(folder, 'sources.json');
const fields = { text: 'p', author: 'b' };
writeFileSync(
  sourcesFile,
  JSON.stringify({ sources: [{ name: 'known', url: siteUrl, item: 'div', fields }] }),
);

const broker = await startPrivateBroker();
const env = { AMQP_URL: broker.url, SOURCES_FILE: sourcesFile, LOG_LEVEL: 'warn' };
const logger = createLogger({ name: 'start-cost', level: 'warn' });
const bus = connectRabbitMq({
  url: broker.url,
  name: 'start-cost',
  topology: topologyOf(),
  logger,
});

async function row(what: string, service: string, tree = here): Promise<StartedService> {
  const started = await startService(service, { folder: tree, env });
  const { readySeconds, cpuSeconds, rssMb, peakMb, deliveries } = started.figures;
  const cells = [
    what,
    service,
    readySeconds.toFixed(2),
    cpuSeconds.toFixed(2),
    rssMb.toFixed(0),
    peakMb.toFixed(0),
    String(deliveries),
  ];
  print(`| ${cells.join(' | ')} |`);
  return started;
}

async function rows(what: string, tree = here): Promise<void> {
  for (const service of ['quote-stream', 'scraper']) await (await row(what, service, tree)).stop();
}

/** The newest batch written by a scraper. */
async function newestBatch(reader: RabbitMqBus): Promise<PublishedBatch> {
  let newest: PublishedBatch | undefined;
  const follower = reader.follow(publishedLog, ({ event }) => {
    if (event !== undefined) newest = event.data;
  });
  await follower.caughtUp;
  await follower.close();
  if (newest === undefined) throw new Error('no batch was written');
  return newest;
}

/** Lets a scraper read the page of known quotes; resolves with the number of published quotes and its output. */
async function publishedAgain(): Promise<{ count: number; detail: string }> {
  let count = 0;
  const done = Promise.withResolvers<string>();
  const follower = bus.follow(
    quotesLog,
    ({ event }) => {
      if (event?.type === quoteScraped.type && event.data.source === 'known') count += 1;
      if (event?.type === sourceStatus.type && event.data.source === 'known')
        done.resolve(event.data.detail);
    },
    { newest: 1 },
  );
  await follower.caughtUp;
  const expiresAt = new Date(Date.now() + 60_000).toISOString();
  await bus.publish(scrapeRequested, {
    source: 'known',
    runId: 'sample',
    page: 1,
    url: siteUrl,
    expiresAt,
  });
  const detail = await done.promise;
  await follower.close();
  return { count, detail };
}

try {
  await bus.firstConnected;
  await fillQuotes(bus, { first: life - quotes, count: quotes });
  const held = await countEntries(bus);
  print(`quotes.log holds ${held} entries of ${quotes + 100} published.\n`);
  print('| start | service | ready s | CPU s | RSS MB | peak MB | deliveries |');
  print('| --- | --- | ---: | ---: | ---: | ---: | ---: |');

  const first = await row('first, without batches', 'scraper');
  await eventually(
    async () => {
      const { upTo } = await newestBatch(bus).catch(() => ({ upTo: { offset: 0 } }));
      return upTo.offset > quotes - 5_100;
    },
    { what: 'the batches are written', timeoutMs: 60_000 },
  );
  await first.stop();
  for (let round = 0; round < rounds; round += 1) {
    if (against !== undefined) await rows('the other checkout', against);
    await rows('full log');
  }

  // includes entries that the log dropped before a scraper read them
  await fillBatches(bus, await newestBatch(bus), { first: 0, count: life - held + 10_000 });
  for (let round = 0; round < rounds; round += 1) await rows(`${life} quotes in its life`);
  const scraper = await row('the same, with one page read', 'scraper');
  const { count: again, detail } = await publishedAgain();
  print(`\nOf ${SAMPLE} known quotes and a new one on a page, ${again} were published. ${detail}`);
  process.exitCode = again === 1 ? 0 : 1;
  await scraper.stop();
} finally {
  await bus.close();
  site.closeAllConnections();
  site.close();
  await broker.stop();
  rmSync(folder, { recursive: true });
}
