import { contenders } from './contender.ts';
import { type Spread, spreadOf } from './figures.ts';
import type { Machine } from './machine.ts';
import type { CrowdFigures } from './benchmarks/crowd.ts';
import type { FanOutFigures } from './benchmarks/fan-out.ts';
import type { LastArrivalFigures } from './benchmarks/rabbitmq.ts';
import type { ScaleFigures } from './benchmarks/scale.ts';
import type { ScrapeFigures } from './benchmarks/scrape.ts';
import type { WorkersFigures } from './benchmarks/workers.ts';
import { type HostileReport, scrapers } from './scrape/scrapers.ts';

/** Formats the machine in one line. */
export function machineLine({ cpu, cores, kernel, node, versions }: Machine): string {
  return `${cpu}, ${cores} cores, Linux ${kernel}, Node ${node}; ${versions.join(', ')}`;
}

/** Formats the fan-out as a Markdown table: medians, with the interquartile range in brackets. */
export function fanOutTable(figures: readonly FanOutFigures[]): string {
  return table(
    ['publishers', 'server', 'deliveries/s', 'CPU s per million', 'ours is faster by'],
    figures.map(({ publishers, name, deliveriesPerSecond, cpuSecondsPerMillion, ratio }) => [
      String(publishers),
      contenders[name].title,
      spread(deliveriesPerSecond, (rate) => `${(rate / 1_000).toFixed(0)} k`),
      cpuSecondsPerMillion.median.toFixed(2),
      name === 'hub' ? '' : spread(ratio, (factor) => `${factor.toFixed(2)}×`),
    ]),
  );
}

/** Formats the costs of a crowd as a Markdown table. */
export function crowdTable(figures: readonly CrowdFigures[]): string {
  return table(
    ['subscribers', 'server', 'KiB each, idle', 'p50, ms', 'p99, ms', 'all caught up, s'],
    figures.map(({ subscribers, name, bytesPerSubscriber, p50Ms, p99Ms, catchUpSeconds }) => [
      String(subscribers),
      contenders[name].title,
      spread(bytesPerSubscriber, (bytes) => (bytes / 1_024).toFixed(1)),
      spread(p50Ms, (ms) => ms.toFixed(1)),
      spread(p99Ms, (ms) => ms.toFixed(1)),
      spread(catchUpSeconds, (seconds) => seconds.toFixed(2)),
    ]),
  );
}

/** Formats the latencies to the last subscriber as a Markdown table. */
export function lastArrivalTable(figures: readonly LastArrivalFigures[]): string {
  return table(
    ['subscribers', 'way', 'p50 to the last, ms', 'p99 to the last, ms'],
    figures.map(({ subscribers, name, p50Ms, p99Ms }) => [
      String(subscribers),
      contenders[name].title,
      p50Ms.toFixed(1),
      p99Ms.toFixed(1),
    ]),
  );
}

/** Formats the costs of delivery with several workers as a Markdown table. */
export function workersTable(figures: readonly WorkersFigures[]): string {
  return table(
    ['workers', 'subscribers', 'deliveries a CPU second', 'as many cores deliver'],
    figures.map(({ workers, subscribers, deliveriesPerCpuSecond, gain }) => [
      String(workers),
      String(subscribers),
      spread(deliveriesPerCpuSecond, (rate) => `${(rate / 1_000).toFixed(0)} k`),
      spread(gain, (factor) => `${factor.toFixed(2)}×`),
    ]),
  );
}

/** Formats the costs of each number of subscribers as a Markdown table. */
export function scaleTable(figures: readonly ScaleFigures[]): string {
  return table(
    [
      'subscribers',
      'workers',
      'RSS of all, MB',
      'KiB each',
      'in the kernel, both ends',
      'ms to the last',
      'the same at 1 a second',
      'all back after, s',
    ],
    figures.map((one) => [
      one.subscribers.toLocaleString('en'),
      String(one.workers),
      (one.rssBytes / 1e6).toFixed(0),
      (one.bytesEach / 1_024).toFixed(1),
      (one.kernelBytesEach / 1_024).toFixed(1),
      spread(one.lastArrivalMs, (ms) => ms.toFixed(0)),
      spread(one.steadyMs, (ms) => ms.toFixed(0)),
      one.backSeconds.toFixed(1),
    ]),
  );
}

/** Formats the costs of scraping as a Markdown table. */
export function scrapeTable(figures: readonly ScrapeFigures[]): string {
  return table(
    ['scraper', 'pages a CPU second', 'peak memory, MB', 'ours reads more by'],
    figures.map(({ name, pagesPerCpuSecond, peakRssBytes, ratio }) => [
      scrapers[name].title,
      spread(pagesPerCpuSecond, (rate) => rate.toFixed(0)),
      spread(peakRssBytes, (bytes) => (bytes / 1e6).toFixed(0)),
      name === 'quotewire' ? '' : spread(ratio, (factor) => `${factor.toFixed(2)}×`),
    ]),
  );
}

/** Formats the event-loop delay and the peak memory while all threads read hostile pages. */
export function hostileLine(reports: readonly HostileReport[]): string {
  const [{ pages, failed } = { pages: 0, failed: 0 }] = reports;
  const p99 = spread(spreadOf(reports.map(({ p99Ms }) => p99Ms)), (ms) => ms.toFixed(1));
  const max = spread(spreadOf(reports.map(({ maxMs }) => maxMs)), (ms) => ms.toFixed(1));
  const peak = spread(spreadOf(reports.map((one) => one.peakRssBytes)), (bytes) =>
    (bytes / 1e6).toFixed(0),
  );
  return `Event loop while ${pages} hostile pages are read, ${failed} of them given up: p99 ${p99} ms late, at most ${max} ms; peak memory ${peak} MB`;
}

function spread({ median, q1, q3 }: Spread, format: (figure: number) => string): string {
  return `${format(median)} (${format(q1)} – ${format(q3)})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((text, column) =>
    Math.max(text.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
