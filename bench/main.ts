// Measures the fan-out next to its alternatives: npm run bench -- --help
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine } from '@quotewire/terminal';
import { drawFanOut } from './chart.ts';
import { contenders } from './contender.ts';
import { describeMachine } from './machine.ts';
import { benchCommand, type BenchOptions, benchOptionsOf, DEFAULT_PARTS } from './options.ts';
import { measureCrowds } from './benchmarks/crowd.ts';
import { measureFanOut } from './benchmarks/fan-out.ts';
import { measureRabbitMq } from './benchmarks/rabbitmq.ts';
import { measureHostilePages, measureScraping } from './benchmarks/scrape.ts';
import { measureScale } from './benchmarks/scale.ts';
import { measureWorkers } from './benchmarks/workers.ts';
import { drawScale } from './scale/chart.ts';
import { stopStages } from './scale/stage.ts';
import { missingPinning, pinClient } from './pinning.ts';
import { type ScraperName, scrapers, scrapyVersion } from './scrape/scrapers.ts';
import { stopServers } from './server-process.ts';
import {
  crowdTable,
  fanOutTable,
  hostileLine,
  lastArrivalTable,
  machineLine,
  scaleTable,
  scrapeTable,
  workersTable,
} from './table.ts';

const CROWD_EVENTS = 50;
const RABBITMQ_EVENTS = 200;
const WORKERS_EVENTS = 100;
const README_CHART = join(import.meta.dirname, '../docs/fan-out.svg');

const print = (text: string) => process.stdout.write(`${text}\n`);
const onProgress = (text: string) => process.stderr.write(`${text}\n`);

async function bench({ parts, ...options }: BenchOptions): Promise<void> {
  // a primary and its workers have all cores
  const isPinned = parts.every((part) => !['workers', 'scale'].includes(part));
  const why = isPinned ? missingPinning() : 'the parts workers and scale use all cores';
  if (why === undefined) pinClient();
  const machine = describeMachine();
  print(machineLine(machine));
  print(
    why === undefined
      ? 'Each server is alone on core 0; subscribers and publishers are on core 1.'
      : `Processes are NOT pinned to cores, so figures vary more: ${why}`,
  );
  const names = options.names.filter((name) => {
    const missing = contenders[name].missing?.();
    if (missing !== undefined) print(`SKIPPED ${name}: ${missing}`);
    return missing === undefined;
  });

  const fanOut = parts.includes('fanout')
    ? await measureFanOut({ ...options, names, rounds: options.pairs, onProgress })
    : [];
  if (fanOut.length > 0) print(`\n${fanOutTable(fanOut)}`);

  const resuming = names.filter((name) => name === 'hub' || name === 'nchan');
  const crowds = parts.includes('crowd')
    ? await measureCrowds({
        ...options,
        names: resuming,
        subscribers: options.crowd,
        events: CROWD_EVENTS,
        onProgress,
      })
    : [];
  if (crowds.length > 0) print(`\n${crowdTable(crowds)}`);

  const url = process.env['AMQP_URL'];
  if (parts.includes('rabbitmq') && !url) print('SKIPPED rabbitmq: AMQP_URL is not set');
  const { subscribers } = options;
  const lastArrivals =
    parts.includes('rabbitmq') && url
      ? await measureRabbitMq({ url, subscribers, events: RABBITMQ_EVENTS })
      : [];
  if (lastArrivals.length > 0) print(`\n${lastArrivalTable(lastArrivals)}`);

  const scraping = parts.includes('scrape') ? await benchScraping(options) : undefined;

  const workers = parts.includes('workers')
    ? await measureWorkers({
        subscribers: options.crowd,
        events: WORKERS_EVENTS,
        rounds: options.rounds,
        onProgress,
      })
    : [];
  if (workers.length > 0) print(`\n${workersTable(workers)}`);

  const scale = parts.includes('scale')
    ? await measureScale({ sizes: options.sizes, onProgress })
    : [];
  if (scale.length > 0) print(`\n${scaleTable(scale)}`);

  const isWhole = DEFAULT_PARTS.every((part) => parts.includes(part));
  const { json, chart = isWhole ? README_CHART : undefined } = options;
  if (json !== undefined) {
    const figures = { machine, fanOut, crowds, lastArrivals, scraping, workers, scale };
    writeFileSync(json, `${JSON.stringify(figures, null, 2)}\n`);
  }
  if (chart !== undefined && fanOut.length > 0) writeFileSync(chart, drawFanOut(fanOut, machine));
  else if (chart !== undefined && scale.length > 0) writeFileSync(chart, drawScale(scale, machine));
}

async function benchScraping({ pages, scrapeRounds: rounds }: Omit<BenchOptions, 'parts'>) {
  const why = scrapers.scrapy.missing();
  print(why === undefined ? (scrapyVersion() ?? '') : `SKIPPED scrapy: ${why}`);
  const names: ScraperName[] = why === undefined ? ['quotewire', 'scrapy'] : ['quotewire'];
  const figures = await measureScraping({ names, pages, rounds, onProgress });
  print(`\n${scrapeTable(figures)}`);
  const hostile = await measureHostilePages(rounds);
  print(`\n${hostileLine(hostile)}`);
  return { figures, hostile };
}

const options = readCommandLine(benchCommand, benchOptionsOf);
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    isInterrupted = true;
    void Promise.all([stopServers(), stopStages()]).finally(() => process.exit(1));
  });
}
try {
  await bench(options);
} catch (err) {
  // an error of a measurement may be the effect of a server that exited
  process.stderr.write(isInterrupted ? 'interrupted\n' : `${String(err)}\n`);
  process.exitCode = 1;
} finally {
  await stopServers();
}
// only sockets to stopped servers are still open
process.exit();
