import { createMemoryBus, type MemoryBus } from '@quotewire/bus';
import { quoteScraped, quotesLog, sourceStatus, topologyOf } from '@quotewire/events';
import { createLogger } from '@quotewire/service';
import type { SourceOf } from '@quotewire/sources';
import { Calendar, DAY_MS } from './calendar.ts';
import { fetchFrom } from './fetch-from-sites.ts';
import { type Random, randomFrom } from './random.ts';
import {
  type Job,
  retryDelayMs,
  type SimulatedScraper,
  startScraper,
} from './simulated-scraper.ts';
import type { FetchPage, RunStory } from './run-story.ts';
import { beginStory, noteAnswer } from './run-story.ts';
import type { SimulatedSite } from './simulated-site.ts';
import { Witness } from './witness.ts';

/** What two years showed. */
export interface Verdict {
  readonly violations: readonly string[];
  readonly published: number;
  readonly witnesses: readonly Witness[];
  readonly restarts: number;
}

interface QueuedJob {
  readonly job: Job;
  readonly dueMs: number;
  readonly attempt: number;
  readonly isRepeat: boolean;
}

interface Place {
  readonly site: SimulatedSite;
  readonly witness: Witness;
  readonly calendar: Calendar;
  source: SourceOf<'html'>;
}

const JOB_LIFETIME_MS = 15 * 60_000;
const logger = createLogger({ name: 'simulation', level: 'silent' });

/** Lives through some days of two sites that share quotes; the same seed lives through the same days. */
export async function liveThrough({
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
  /** How often the sites are due: one of these. */
  intervalHours?: readonly number[];
  setTime: (ms: number) => void;
  origins?: readonly string[];
  /** Default: straight from the sites. */
  fetchPage?: (bus: MemoryBus) => FetchPage;
  onSites?: (sites: readonly SimulatedSite[]) => void;
}): Promise<Verdict> {
  const random = randomFrom(seed);
  const beganMs = Date.UTC(2024, 0, 1);
  let nowMs = beganMs;
  const passMs = (ms: number) => {
    nowMs += ms;
    setTime(nowMs);
  };
  passMs(0);
  const bus = createMemoryBus({ name: 'simulation', topology: topologyOf(), logger });
  const published = new Map<string, number>();
  const violations: string[] = [];
  const intervalSeconds = random.oneOf(intervalHours) * 3_600;
  const textOf = textsFrom(random);
  const places = origins.map((origin, index): Place => {
    const calendar = new Calendar({
      name: `site-${index}`,
      origin,
      random,
      beganMs,
      days,
      textOf: () => textOf(index),
    });
    const source = { ...calendar.entry(), intervalSeconds };
    const witness = new Witness(calendar.site, published);
    return { site: calendar.site, witness, calendar, source };
  });
  onSites(places.map(({ site }) => site));
  const placeOf = (name: string) => places.find(({ source }) => source.name === name) as Place;
  const stories = new Map<string, RunStory>();
  const perRun = new Map<string, number>();
  bus.follow(quotesLog, ({ event }) => {
    if (event?.type === quoteScraped.type) {
      const { id, text, runId, source } = event.data;
      const times = (published.get(id) ?? 0) + 1;
      published.set(id, times);
      if (times > 1) violations.push(`published "${text}" twice, now in ${runId}`);
      perRun.set(runId ?? '', (perRun.get(runId ?? '') ?? 0) + 1);
      if (placeOf(source).source.mode === 'random' && (perRun.get(runId ?? '') ?? 0) > 1)
        violations.push(`published two quotes in ${runId}, which picks one`);
    } else if (event?.type === sourceStatus.type) {
      const { retryAt, blockedUntil } = event.data;
      const restsUntil = Math.max(
        Date.parse(retryAt ?? '') || 0,
        Date.parse(blockedUntil ?? '') || 0,
      );
      placeOf(event.data.source).calendar.restsUntilMs = restsUntil;
    }
  });

  let queue: QueuedJob[] = [];
  let restarts = 0;
  let inHand: { story: RunStory; place: Place; page: number } | undefined;
  const viaNetwork = fetchPage?.(bus);
  const fetchInHand: FetchPage = async (url, options) => {
    passMs(1_000 + random.below(2_000));
    const { story, place, page } = inHand as NonNullable<typeof inHand>;
    const { site, calendar } = place;
    if (nowMs < calendar.restsUntilMs) {
      violations.push(`asked ${site.name} in ${story.runId}, which was told to rest`);
    }
    story.requests += 1;
    calendar.countRequest(nowMs, violations);
    const note = (answer: 'ok' | number) => noteAnswer(story, { site, page, answer });
    try {
      const found = await (viaNetwork?.(url, options) ??
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
      sources: places.map(({ source }) => source),
      fetchPage: fetchInHand,
      pauseMsOf: () => undefined,
      onJob: (job) => queue.push({ job, dueMs: nowMs, attempt: 0, isRepeat: false }),
    });
  let scraper: SimulatedScraper = await start();
  const restart = async () => {
    await scraper.close();
    scraper = await start();
    restarts += 1;
  };

  const doNext = async ({ job, dueMs, attempt, isRepeat }: QueuedJob) => {
    passMs(Math.max(0, dueMs - nowMs));
    const place = placeOf(job.source);
    const story = stories.get(job.runId) as RunStory;
    if (place.calendar.changeInRun()) story.isDisturbed = true;
    inHand = { story, place, page: job.page };
    const before = story.requests;
    const livesFor = random() < 0.01 ? random.below(5) : undefined;
    const outcome = await scraper.work(job, {
      isRepeat,
      ...(livesFor === undefined ? {} : { livesFor }),
    });
    if (outcome === 'killed') {
      // n.b. jobs of others expire meanwhile, too
      for (const one of stories.values()) one.isKilled = true;
      passMs(random.oneOf([1_000, 30_000, 40 * 60_000]));
      await restart();
      queue.push({ job, dueMs: nowMs, attempt, isRepeat: true });
      return;
    }
    if (outcome === 'done') {
      if (story.requests === before) story.isUnfinished = true;
      return;
    }
    const delayMs = retryDelayMs(outcome, attempt);
    if (delayMs === undefined) {
      story.isUnfinished = true;
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
    passMs(Math.max(0, beganMs + run * intervalSeconds * 1_000 - nowMs));
    let hasNewEntry = false;
    for (const place of places) {
      const { calendar, witness } = place;
      const isSweeping = scraper.states.progressOf(place.source).nextPage !== undefined;
      const { isDisturbed, entry } = calendar.advance({ intervalSeconds, isSweeping });
      if (isDisturbed) witness.disturbedAtMs = nowMs;
      if (entry === undefined) continue;
      place.source = { ...entry, intervalSeconds };
      witness.onEntryChanged();
      hasNewEntry = true;
    }
    if (hasNewEntry && random() < 0.5) scraper.reload(places.map(({ source }) => source));
    else if (hasNewEntry || random() < 0.003) await restart();
    for (const { source } of places) {
      const runId = `run-${run}-${source.name}`;
      stories.set(runId, beginStory(runId, nowMs));
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
      if (next !== undefined) await doNext(next);
    }
    for (const { source, witness, calendar } of places) {
      const runId = `run-${run}-${source.name}`;
      const story = stories.get(runId) as RunStory;
      stories.delete(runId);
      witness.onRunEnd(story, { source, states: scraper.states });
      if (
        story.isUnfinished &&
        !story.isKilled &&
        nowMs > calendar.recoversByMs + intervalSeconds * 1_000
      )
        violations.push(
          `${runId} left the site alone that's been well since ${calendar.fineSince}`,
        );
    }
  }
  await scraper.close();
  await bus.close();
  return {
    violations: [...violations, ...places.flatMap(({ witness }) => witness.violations)],
    published: published.size,
    witnesses: places.map(({ witness }) => witness),
    restarts,
  };
}

/** Each text is new, but for those that a site takes over from another: several at once. */
function textsFrom(random: Random): (site: number) => string {
  const texts: { site: number; text: string }[] = [];
  const copied = new Map<number, string[]>();
  return (site) => {
    if (random() < 0.04) {
      const others = texts.filter((one) => one.site !== site).slice(-12);
      copied.set(
        site,
        others.map(({ text }) => text),
      );
    }
    const copy = copied.get(site)?.shift();
    if (copy !== undefined) return copy;
    const text = `Saying ${texts.length} of those who have seen two years go by`;
    texts.push({ site, text });
    return text;
  };
}
