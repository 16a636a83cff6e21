import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { deadLetterQueueName } from '@quotewire/bus';
import { scrapeQueue } from '@quotewire/events';
import { eventually, oneOf, within } from '@quotewire/testing';
import { connect } from 'amqplib';
import { calendarOf, type Incident } from './calendar.ts';
import { LAST_DAYS } from './check-growth.ts';
import { checkJobs } from './check-jobs.ts';
import { checkQuotes } from './check-quotes.ts';
import { startFleet } from './fleet.ts';
import type { Histories, Schedule } from './histories.ts';
import { applyEntry, type IncidentTargets } from './incidents.ts';
import { instancesOf } from './instances.ts';
import { startRecorder } from './recorder.ts';
import { openSoakBrowser } from './soak-browser.ts';
import type { FaultyBroker } from '../support/faulty-broker.ts';
import { openSoakSite } from './soak-site.ts';
import { watchForStalls } from './stall-watch.ts';
import { controlTimer } from './timer-control.ts';

export interface SoakOptions {
  readonly broker: FaultyBroker;
  readonly days: number;
  readonly daySeconds: number;
  readonly seed: number;
  readonly sources?: number;
  /** How often a source is due each day, as far as whole seconds allow. */
  readonly ticksPerDay?: number;
  /** The number of browsers without a filter; as many filter by one source. */
  readonly browsers?: number;
  /** The limit of quotes.log, which a long soak exceeds many times. */
  readonly logMaxBytes?: number;
  /** The incidents of each week; default all. */
  readonly incidents?: readonly Incident[];
  readonly settleSeconds?: number;
  readonly onProgress?: (line: string) => void;
}

const TICK_AGAIN_MS = 15_000;
const CALM_MS = 5_000;
const MEASURED_EVERY_DAYS = 5;
const JITTER = 0.5;
const QUOTES_PER_DAY = 6;
/** Longer than a failed job is retried, so that its page still exists. */
const KEPT_SECONDS = 240;
const TIMER_INTERVAL_SECONDS = 777;

/** Runs all services through days of `daySeconds`, and resolves with the records. */
export async function runSoak({
  broker,
  days,
  daySeconds,
  seed,
  sources: sourceCount = 100,
  ticksPerDay = 24,
  browsers: browserCount = 8,
  logMaxBytes = 6_000_000,
  incidents,
  settleSeconds = 180,
  onProgress = () => {},
}: SoakOptions): Promise<Histories> {
  const dayMs = daySeconds * 1_000;
  const intervalSeconds = Math.max(1, Math.round(daySeconds / ticksPerDay));
  const intervalMs = intervalSeconds * 1_000;
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'quotewire-soak-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const site = await openSoakSite({
    sources: sourceCount,
    burst: QUOTES_PER_DAY,
    burstEveryMs: dayMs,
    kept: QUOTES_PER_DAY * (2 + Math.ceil(KEPT_SECONDS / daySeconds)),
  });
  cleanup.defer(() => site.close());
  const sourcesFile = join(folder, 'sources.json');
  const writeSources = (maxPagesOfFirst: number) => {
    const sources = site.sources.map((source, index) => ({
      ...source,
      intervalSeconds,
      jitter: JITTER,
      maxPages: index === 0 ? maxPagesOfFirst : 20,
      item: 'div.quote',
      fields: { text: 'span.text', author: 'small.author' },
      next: 'li.next > a',
    }));
    return writeFile(sourcesFile, JSON.stringify({ sources }));
  };
  let maxPages = 20;
  await writeSources(maxPages);

  const { instances, deployed } = instancesOf({ amqpUrl: broker.url, sourcesFile, logMaxBytes });
  onProgress(`${instances.length} processes start`);
  const fleet = await startFleet(instances);
  cleanup.defer(() => fleet.stop());
  const recorder = startRecorder(broker.url, () => intervalMs);
  cleanup.defer(() => recorder.close());
  const origin = () => {
    const running = fleet.running('quote-stream').map(({ process }) => process.url);
    return oneOf(running, Math.random);
  };
  const browsers = Array.from({ length: browserCount * 2 }, (_, index) => {
    const source = index < browserCount ? undefined : site.sources[index % sourceCount]?.name;
    return openSoakBrowser({ name: `browser-${index + 1}`, origin, source });
  });
  cleanup.defer(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
  });
  await within(Promise.all(browsers.map((browser) => browser.hasCursor)), {
    what: 'all browsers have a cursor',
  });

  const timer = controlTimer(fleet);
  const deletedJobs: IncidentTargets['deletedJobs'] = [];
  const targets: IncidentTargets = {
    broker,
    fleet,
    timer,
    deployed,
    intervalMs,
    lastsMs: Math.min(5_000, dayMs / 4),
    deletedJobs,
    async changeSource() {
      maxPages += 1;
      await writeSources(maxPages);
    },
  };
  await timer.start(TIMER_INTERVAL_SECONDS);
  site.begin();
  const ticking = { fromMs: Date.now() + 2 * intervalMs, toMs: Number.POSITIVE_INFINITY };
  let isQuiet = false;
  let quietUntilMs = ticking.fromMs;
  let evidences = 0;
  const stalls = watchForStalls({
    broker,
    fleet,
    lastAtMs: () =>
      isQuiet ? undefined : Math.max(recorder.ticks.at(-1)?.atMs ?? 0, quietUntilMs),
    onStall: (evidence) => {
      evidences += 1;
      const path = join(tmpdir(), `quotewire-soak-stall-${process.pid}-${evidences}.txt`);
      onProgress(`no tick for a while: see ${path}`);
      void writeFile(path, evidence);
    },
  });
  cleanup.defer(() => stalls.close());

  const calendar = calendarOf({
    days,
    seed,
    processes: deployed,
    ...(incidents === undefined ? {} : { incidents }),
  });
  for (let day = 0; day < days; day += 1) {
    // a day with slow entries is longer, and shortens no other day
    const beganAtMs = Date.now();
    const until = (at: number) => delay(Math.max(0, beganAtMs + at * dayMs - Date.now()));
    for (const entry of calendar.filter((candidate) => candidate.day === day)) {
      await until(entry.at);
      isQuiet = entry.kind !== 'restart' && entry.kind !== 'deploy';
      const fromMs = Date.now();
      await applyEntry(entry, targets);
      quietUntilMs = Date.now();
      isQuiet = false;
      const what = entry.kind === 'restart' ? `restart of ${entry.process}` : entry.kind;
      onProgress(`day ${day}: ${what}, ${((quietUntilMs - fromMs) / 1_000).toFixed(1)} s`);
      // a pause also after a slow entry
      await delay(Math.min(CALM_MS, dayMs / 5));
    }
    await until(1);
    await timer.check(`day ${day}`);
    if (isMeasured(day, days)) await fleet.sample(day);
  }
  ticking.toMs = Date.now();
  isQuiet = true;
  site.freeze();
  onProgress('the last run of all sources');
  await timer.tick();
  await timer.stop();

  const record = async (): Promise<Histories> => ({
    ticking,
    schedules: site.sources.map(({ name }): Schedule => ({
      source: name,
      intervalMs,
      jitterMs: intervalMs * JITTER,
    })),
    ticks: recorder.ticks,
    timerOutages: fleet.records.timerOutages,
    stopped: timer.stopped,
    wrongStates: timer.wrongStates,
    jobs: recorder.jobs,
    visits: site.visits,
    expiredJobs: await fleet.expiredJobs(),
    deadLetters: await deadLettersOf(broker.url),
    deletedJobs,
    onSite: site.onSite(),
    served: site.served,
    log: recorder.log,
    browsers: browsers.map((browser) => browser.history()),
    badExits: fleet.records.badExits,
    missedEntries: recorder.losses(),
    samples: fleet.records.samples,
  });
  let tickedAtMs = Date.now();
  await eventually(
    async () => {
      await delay(500);
      // the next run retries the pages that failed
      if (Date.now() - tickedAtMs > TICK_AGAIN_MS) {
        await timer.tick();
        tickedAtMs = Date.now();
      }
      const histories = await record();
      const { neverServed, neverLogged, missingWithoutGap } = checkQuotes(histories);
      const { withoutResult } = checkJobs(histories);
      return [neverServed, neverLogged, missingWithoutGap, withoutResult].every(
        ({ length }) => !length,
      );
    },
    { what: 'everything has arrived', timeoutMs: settleSeconds * 1_000 },
  ).catch(() => onProgress(`something has not arrived within ${settleSeconds} s`));
  await timer.check('at the end');
  const histories = await record();
  await fleet.stop();
  return { ...histories, badExits: fleet.records.badExits };
}

/** Whether the usage of the processes is measured on a day: their garbage takes as long to collect as a short day. */
function isMeasured(day: number, days: number): boolean {
  return day === 0 || day % MEASURED_EVERY_DAYS === 0 || day >= days - LAST_DAYS;
}

async function deadLettersOf(url: string): Promise<number> {
  const connection = await connect(url);
  try {
    const channel = await connection.createChannel();
    return (await channel.checkQueue(deadLetterQueueName(scrapeQueue))).messageCount;
  } finally {
    await connection.close();
  }
}
