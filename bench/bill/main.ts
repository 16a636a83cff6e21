// Counts the messages of a day at the broker: node bench/bill/main.ts --help
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { connectRabbitMq } from '@quotewire/bus';
import {
  encodeIds,
  type PublishedBatch,
  publishedLog,
  quotesPublished,
  sourcesSnapshot,
  timerLog,
  timerTicked,
  topologyOf,
} from '@quotewire/events';
import { createLogger } from '@quotewire/service';
import { readCommandLine, UsageError, wholeNumberIn } from '@quotewire/terminal';
import { evaluateOn, eventually, type PrivateBroker, startPrivateBroker } from '@quotewire/testing';
import { fillQuotes, numberedQuote } from '../start/fill.ts';
import { startService } from '../start/start-service.ts';

/** A source every 10 minutes. */
const TICKS_PER_DAY = 144;
const HOURS = 24;
const DAYS_PER_MONTH = 30;
/** The settings of `npm run heroku -- create` that change what is read. */
const HEROKU = { HISTORY_START_ENTRIES: '1000' };
/** A deployment that has run for a year: its logs hold more than a start reads. */
const OLD_ENTRIES = 12_000;
const OLD_MS = 3 * 86_400_000;
/** The most entries of a quiet `quotes.log` that no batch of ids covers: 250, and those of two days. */
const UNCOVERED_ENTRIES = 330;
/** A batch of ids for each 250 entries, of which there are about 40 a day. */
const OLD_BATCHES = 60;

const { sources, news, shape } = readCommandLine(
  {
    command: 'node bench/bill/main.ts',
    summary:
      'Counts at a broker what hosted brokers bill, publishes and deliveries, over a day in which each tick comes after a second: a restart, 144 ticks of each source, its new quotes, and the snapshots of 24 hours.',
    options: {
      sources: {
        type: 'string',
        value: '<number>',
        default: '1',
        description: 'sources, each on a host of its own',
      },
      news: {
        type: 'string',
        value: '<number>',
        default: '10',
        description: 'new quotes of each source in the day',
      },
      shape: {
        type: 'string',
        value: '<shape>',
        default: 'one',
        description: 'one app with everything, or an app for each of three services',
      },
    },
    examples: ['node bench/bill/main.ts', 'node bench/bill/main.ts --sources 10 --shape three'],
  },
  ({ values }) => ({
    sources: wholeNumberIn('--sources', values.sources, { min: 1 }),
    news: wholeNumberIn('--news', values.news, { min: 0 }),
    shape: shapeIn(values.shape),
  }),
);

function shapeIn(text: string): 'one' | 'three' {
  if (text === 'one' || text === 'three') return text;
  throw new UsageError(`--shape is "${text}": use one or three`);
}

interface Bill {
  readonly published: number;
  readonly delivered: number;
}

/** What the broker has counted since its start, over all queues and connections. */
async function billOf({ node }: PrivateBroker): Promise<Bill> {
  const text = await evaluateOn(node, 'rabbit_global_counters:overview()');
  const sum = (counter: string) =>
    [...text.matchAll(new RegExp(`\\b${counter} => (\\d+)`, 'g'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return {
    published: sum('messages_received_total'),
    delivered: sum('messages_delivered_total'),
  };
}

const ticks = new Map<string, number>();
const site = createServer((request, response) => {
  if (request.url === '/robots.txt') {
    response.writeHead(404).end();
    return;
  }
  const host = request.headers.host ?? '';
  const count = (ticks.get(host) ?? 0) + 1;
  ticks.set(host, count);
  const newest = Math.floor((Math.min(count, TICKS_PER_DAY) * news) / TICKS_PER_DAY);
  const texts = Array.from({ length: 10 }, (_, index) => `quote ${newest - index} of ${host}`);
  response.setHeader('content-type', 'text/html');
  response.end(texts.map((text) => `<div><p>${text}</p><b>Nobody</b></div>`).join(''));
}).listen(0, '0.0.0.0');
await once(site, 'listening');
const { port } = site.address() as AddressInfo;
const hostOf = (index: number) => `127.0.${Math.floor(index / 200) + 1}.${(index % 200) + 1}`;
const folder = mkdtempSync(join(tmpdir(), 'quotewire-bill-'));
const sourcesFile = join(folder, 'sources.json');
const names = Array.from({ length: sources }, (_, index) => `source-${index}`);
const writeSources = (enabled: boolean) => {
  const fields = { text: 'p', author: 'b' };
  const entries = names.map((name, index) => {
    const url = `http://${hostOf(index)}:${port}/`;
    return { name, url, item: 'div', fields, intervalSeconds: 1, enabled };
  });
  writeFileSync(sourcesFile, JSON.stringify({ sources: entries }));
};

const broker = await startPrivateBroker();
const env = {
  ...HEROKU,
  AMQP_URL: broker.url,
  SOURCES_FILE: sourcesFile,
  LOG_LEVEL: 'error',
  TIMER_AUTOSTART: 'true',
};
const logger = createLogger({ name: 'bill', level: 'warn' });
const bus = connectRabbitMq({ url: broker.url, name: 'bill', topology: topologyOf(), logger });
const services = shape === 'one' ? ['standalone'] : ['timer', 'scraper', 'quote-stream'];
const startAll = () =>
  Promise.all(
    services.map((service) =>
      startService(service, { folder: join(import.meta.dirname, '../..'), env }),
    ),
  );
async function newestBatch(): Promise<PublishedBatch> {
  let newest: PublishedBatch | undefined;
  const follower = bus.follow(publishedLog, ({ event }) => {
    newest = event?.data ?? newest;
  });
  await follower.caughtUp;
  await follower.close();
  if (newest === undefined) throw new Error('no batch was written');
  return newest;
}

const since = (bill: Bill, before: Bill): Bill => ({
  published: bill.published - before.published,
  delivered: bill.delivered - before.delivered,
});

try {
  await bus.firstConnected;
  mock.timers.enable({ apis: ['Date'], now: Date.now() - OLD_MS });
  await fillQuotes(bus, { first: 0, count: OLD_ENTRIES });
  const slot = '2026-01-01T00:00:00.000Z';
  for (let n = 0; n < OLD_ENTRIES; n += 1_000) {
    await Promise.all(
      Array.from({ length: 1_000 }, () =>
        bus.publish(timerTicked, { source: 'of-before', runId: 'run', slot }),
      ),
    );
  }
  mock.timers.reset();
  // one run of everything, without sources, writes the ids and states that starts of old deployments find
  writeSources(false);
  const first = await startAll();
  const settled = async () => {
    const before = await billOf(broker);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const after = await billOf(broker);
    return after.published === before.published && after.delivered === before.delivered;
  };
  await eventually(settled, { what: 'the broker is quiet', timeoutMs: 120_000 });
  await Promise.all(first.map((service) => service.stop()));
  const { epoch, upTo } = await newestBatch();
  for (let number = 0; number < OLD_BATCHES; number += 1) {
    const ids = encodeIds([numberedQuote(number).id]);
    await bus.publish(quotesPublished, { epoch, upTo, ids });
  }
  await fillQuotes(bus, { first: OLD_ENTRIES, count: UNCOVERED_ENTRIES });

  const before = await billOf(broker);
  const started = await startAll();
  await eventually(settled, { what: 'the broker is quiet', timeoutMs: 120_000 });
  const restart = since(await billOf(broker), before);

  const beforeDay = await billOf(broker);
  writeSources(true);
  let requested = 0;
  const follower = bus.follow(
    timerLog,
    ({ event }) => {
      if (event?.type === timerTicked.type && event.data.source !== 'of-before') requested += 1;
    },
    { newest: 1 },
  );
  await eventually(() => requested >= sources * TICKS_PER_DAY, {
    what: 'the ticks of a day',
    timeoutMs: 600_000,
  });
  writeSources(false);
  await follower.close();
  const seen = requested;
  await eventually(settled, { what: 'the broker is quiet', timeoutMs: 120_000 });
  const at = new Date().toISOString();
  for (let hour = 0; hour < HOURS; hour += 1) {
    const states = names.map((source) => ({
      source,
      state: 'ok' as const,
      since: at,
      detail: 'A run came to the last page.',
      reachedEnd: true,
      at,
    }));
    await bus.publish(sourcesSnapshot, { sources: states });
  }
  await eventually(settled, { what: 'the broker is quiet', timeoutMs: 120_000 });
  const all = since(await billOf(broker), beforeDay);
  // what this measurement itself follows: its marker, the marker's neighbours, and the ticks
  const day = { published: all.published - 1, delivered: all.delivered - seen };
  const total = (bill: Bill) => bill.published + bill.delivered;
  const row = (what: string, bill: Bill) =>
    process.stdout.write(`| ${what} | ${bill.published} | ${bill.delivered} | ${total(bill)} |\n`);
  process.stdout.write(
    `${sources} sources, ${news} new quotes each, ${seen} ticks, shape ${shape}\n\n`,
  );
  process.stdout.write('| | published | delivered | billed |\n| --- | --: | --: | --: |\n');
  row('a restart', restart);
  row('a day of ticks, quotes and snapshots', day);
  const month = DAYS_PER_MONTH * (total(restart) + total(day));
  process.stdout.write(`\nA month with a restart a day: ${month.toLocaleString('en')} messages\n`);
  await Promise.all(started.map((service) => service.stop()));
} finally {
  await bus.close();
  site.closeAllConnections();
  site.close();
  await broker.stop();
  rmSync(folder, { recursive: true });
}
