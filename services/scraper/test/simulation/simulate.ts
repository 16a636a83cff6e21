import { createMemoryBus, type MemoryBus } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { createLogger } from '@quotewire/service';
import { SiteTimeline, DAY_MS } from './site-timeline.ts';
import { fetchFrom } from './fetch-from-sites.ts';
import { randomFrom } from './random.ts';
import {
  type Job,
  retryDelayMs,
  type SimulatedScraper,
  startScraper,
} from './simulated-scraper.ts';
import type { FetchPage, RunRecord } from './run-record.ts';
import { createRunRecord, recordResponse } from './run-record.ts';
import type { SimulatedSite } from './simulated-site.ts';
import { GuaranteeChecker } from './guarantee-checker.ts';
import { textsFrom } from './shared-texts.ts';
import { type SimulatedSource, watchQuotesLog } from './watch-quotes-log.ts';

/** The outcome of a simulation. */
export interface SimulationResult {
  readonly violations: readonly string[];
  readonly published: number;
  readonly checkers: readonly GuaranteeChecker[];
  readonly restarts: number;
}

interface QueuedJob {
  readonly job: Job;
  readonly dueMs: number;
  readonly attempt: number;
  readonly isRepeat: boolean;
}

const JOB_LIFETIME_MS = 15 * 60_000;
const logger = createLogger({ name: 'simulation', level: 'silent' });

/** Simulates some days of two sites that share quotes. The same seed gives the same days. */
export async function simulate({
  seed,
  days,
  intervalHours = [6, 12, 24],
  setTime,
  origins = ['http://one.example', 'http://two.example'],
  fetchPage,
  onSites = () => {},
}: {
  seed: number;
  days: number;
  /** The interval of the sources is one of these. */
  intervalHours?: readonly number[];
  setTime: (ms: number) => void;
  origins?: readonly string[];
  /** Default: fetches from the simulated sites without sockets. */
  fetchPage?: (bus: MemoryBus) => FetchPage;
  onSites?: (sites: readonly SimulatedSite[]) => void;
}): Promise<SimulationResult> {
  const random = randomFrom(seed);
  const startMs = Date.UTC(2024, 0, 1);
  let nowMs = startMs;
  const advanceMs = (ms: number) => {
    nowMs += ms;
    setTime(nowMs);
  };
  advanceMs(0);
  const bus = createMemoryBus({ name: 'simulation', topology: topologyOf(), logger });
  const published = new Map<string, number>();
  const violations: string[] = [];
  const intervalSeconds = random.oneOf(intervalHours) * 3_600;
  const textOf = textsFrom(random);
  const simulatedSources = origins.map((origin, index): SimulatedSource => {
    const timeline = new SiteTimeline({
      name: `site-${index}`,
      origin,
      random,
      startMs,
      days,
      textOf: () => textOf(index),
    });
    const source = { ...timeline.entry(), intervalSeconds };
    const checker = new GuaranteeChecker(timeline.site, published);
    return { site: timeline.site, checker, timeline, source };
  });
  onSites(simulatedSources.map(({ site }) => site));
  const simulatedSourceOf = (name: string) =>
    simulatedSources.find(({ source }) => source.name === name) as SimulatedSource;
  const records = new Map<string, RunRecord>();
  watchQuotesLog(bus, { sourceNamed: simulatedSourceOf, published, violations });

  let queue: QueuedJob[] = [];
  let restarts = 0;
  let current: { record: RunRecord; simulated: SimulatedSource; page: number } | undefined;
  const fetchOverSockets = fetchPage?.(bus);
  const fetchForRun: FetchPage = async (url, options) => {
    advanceMs(1_000 + random.below(2_000));
    const { record, simulated, page } = current as NonNullable<typeof current>;
    const { site, timeline } = simulated;
    if (nowMs < timeline.blockedUntilMs) {
      violations.push(`sent a request to ${site.name} in ${record.runId} before its Retry-After`);
    }
    record.requests += 1;
    timeline.countRequest(nowMs, violations);
    const note = (answer: 'ok' | number) => recordResponse(record, { site, page, answer });
    try {
      const found = await (fetchOverSockets?.(url, options) ??
        fetchFrom((at, headers) => site.answer(at, headers), url, options.validators));
      note('ok');
      return found;
    } catch (error) {
      note((error as { status?: number }).status ?? 0);
      throw error;
    }
  };
  const start = () =>
    startScraper({
      bus,
      sources: simulatedSources.map(({ source }) => source),
      fetchPage: fetchForRun,
      pauseMsOf: () => undefined,
      randomBelow: (end) => random.below(end),
      onJob: (job) => queue.push({ job, dueMs: nowMs, attempt: 0, isRepeat: false }),
    });
  let scraper: SimulatedScraper = await start();
  const restart = async () => {
    await scraper.close();
    scraper = await start();
    restarts += 1;
  };

  const runJob = async ({ job, dueMs, attempt, isRepeat }: QueuedJob) => {
    advanceMs(Math.max(0, dueMs - nowMs));
    const simulated = simulatedSourceOf(job.source);
    const record = records.get(job.runId) as RunRecord;
    if (simulated.timeline.changeDuringRun()) record.isReordered = true;
    current = { record, simulated, page: job.page };
    const before = record.requests;
    const crashAfter = random() < 0.01 ? random.below(5) : undefined;
    const outcome = await scraper.work(job, {
      isRepeat,
      ...(crashAfter === undefined ? {} : { crashAfter }),
    });
    if (outcome === 'crashed') {
      // jobs of other runs may expire meanwhile
      for (const one of records.values()) one.isCrashed = true;
      advanceMs(random.oneOf([1_000, 30_000, 40 * 60_000]));
      await restart();
      queue.push({ job, dueMs: nowMs, attempt, isRepeat: true });
      return;
    }
    if (outcome === 'done') {
      if (record.requests === before) record.hasSkippedJob = true;
      return;
    }
    const delayMs = retryDelayMs(outcome, attempt);
    if (delayMs === undefined) {
      record.hasSkippedJob = true;
      return;
    }
    const nextAttempt = outcome === 'retried' ? attempt + 1 : attempt;
    queue.push({
      job,
      dueMs: nowMs + delayMs,
      attempt: nextAttempt,
      isRepeat: nextAttempt > 0 || isRepeat,
    });
  };

  const runCount = Math.floor((days * DAY_MS) / (intervalSeconds * 1_000));
  for (let run = 0; run < runCount; run += 1) {
    advanceMs(Math.max(0, startMs + run * intervalSeconds * 1_000 - nowMs));
    let hasNewEntry = false;
    for (const simulated of simulatedSources) {
      const { timeline, checker } = simulated;
      const isSweeping = scraper.states.progressOf(simulated.source).nextPage !== undefined;
      const { isReordered, entry } = timeline.advance({ intervalSeconds, isSweeping });
      if (isReordered) checker.reorderedAtMs = nowMs;
      if (entry === undefined) continue;
      simulated.source = { ...entry, intervalSeconds };
      checker.onEntryChanged();
      hasNewEntry = true;
    }
    if (hasNewEntry && random() < 0.5) scraper.reload(simulatedSources.map(({ source }) => source));
    else if (hasNewEntry || random() < 0.003) await restart();
    for (const { source } of simulatedSources) {
      const runId = `run-${run}-${source.name}`;
      records.set(runId, createRunRecord(runId, nowMs));
      const expiresAt = new Date(nowMs + JOB_LIFETIME_MS).toISOString();
      const job = {
        source: source.name,
        runId,
        page: 1,
        url: source.url,
        expiresAt,
        intervalSeconds,
      };
      queue.push({ job, dueMs: nowMs, attempt: 0, isRepeat: false });
    }
    while (queue.length > 0) {
      queue = queue.toSorted((a, b) => a.dueMs - b.dueMs);
      const [next, ...others] = queue;
      queue = others;
      if (next !== undefined) await runJob(next);
    }
    for (const { source, checker, timeline } of simulatedSources) {
      const runId = `run-${run}-${source.name}`;
      const record = records.get(runId) as RunRecord;
      records.delete(runId);
      checker.onRunEnd(record, { source, states: scraper.states });
      if (
        record.hasSkippedJob &&
        !record.isCrashed &&
        nowMs > timeline.recoversByMs + intervalSeconds * 1_000
      )
        violations.push(
          `${runId} sent no request to a site that recovered at ${timeline.healthySince}`,
        );
    }
  }
  await scraper.close();
  await bus.close();
  return {
    violations: [...violations, ...simulatedSources.flatMap(({ checker }) => checker.violations)],
    published: published.size,
    checkers: simulatedSources.map(({ checker }) => checker),
    restarts,
  };
}
