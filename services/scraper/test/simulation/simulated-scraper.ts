import { type Bus, type DataOf, type EventOf, type MemoryBus, PostponeError } from '@quotewire/bus';
import { scrapeQueue, scrapeRequested } from '@quotewire/events';
import { extractQuotes } from '@quotewire/extract/extract-quotes';
import { createLogger } from '@quotewire/service';
import type { Source } from '@quotewire/sources';
import { learnFromLogs } from '../../src/learn-from-logs.ts';
import { onScrapeRequested } from '../../src/on-scrape-requested.ts';
import { PublishedQuotes } from '../../src/published-quotes.ts';
import { PublishedWriter } from '../../src/published-writer.ts';
import type { ScrapeParts } from '../../src/scrape.ts';
import { SourceStates } from '../../src/source-states.ts';

export type Job = DataOf<typeof scrapeRequested>;

/** The outcome of a job: done, postponed for its host, to be retried, or interrupted by a crash. */
export type JobOutcome = 'done' | 'postponed' | 'retried' | 'crashed';

/** One process of the scraper on the in-memory bus, which does jobs one by one. */
export interface SimulatedScraper {
  readonly states: SourceStates;
  /** Does a job. Crashes after `crashAfter` more publishes; default never. */
  work(job: Job, options: { isRepeat: boolean; crashAfter?: number }): Promise<JobOutcome>;
  /** Replaces the sources, as after an edit of the file. */
  reload(sources: readonly Source[]): void;
  close(): Promise<void>;
}

export interface SimulatedScraperOptions {
  bus: MemoryBus;
  sources: readonly Source[];
  fetchPage: ScrapeParts['fetchPage'];
  pauseMsOf: ScrapeParts['pauseMsOf'];
  randomBelow: ScrapeParts['randomBelow'];
  /** Called with the published job of the next page. */
  onJob: (job: Job) => void;
}

const logger = createLogger({ name: 'simulation', level: 'silent' });

/** Starts a process; resolves when it has caught up with the logs. */
export async function startScraper({
  bus,
  sources,
  fetchPage,
  pauseMsOf,
  randomBelow,
  onJob,
}: SimulatedScraperOptions): Promise<SimulatedScraper> {
  let current = sources;
  let crashAfter = Number.POSITIVE_INFINITY;
  const crash = new Error('the process crashed');
  const crashingBus: Bus = {
    ...bus,
    publish: (async (type: never, data: never, options: never) => {
      if (crashAfter <= 0) throw crash;
      crashAfter -= 1;
      if (type !== (scrapeRequested as unknown)) return bus.publish(type, data, options);
      onJob(data);
      return undefined;
    }) as unknown as Bus['publish'],
  };
  const states = new SourceStates({ bus: crashingBus, sources });
  const published = new PublishedQuotes();
  const writer = new PublishedWriter({
    bus: crashingBus,
    logger,
    publishStates: () => states.publishSnapshot(),
    sourceCount: () => states.size,
    jitterMs: 0,
  });
  const follower = learnFromLogs({ bus, published, states, writer, logger });
  await follower.caughtUp;
  const handle = onScrapeRequested({
    bus: crashingBus,
    sourceNamed: (name) => current.find((source) => source.name === name),
    refreshSources: async () => {},
    published,
    states,
    fetchPage,
    pauseMsOf,
    extract: async (page, options) => extractQuotes(page, options),
    randomBelow,
    count: () => {},
  });
  return {
    states,
    async work(job, { isRepeat, crashAfter: crashAfterNext = Number.POSITIVE_INFINITY }) {
      crashAfter = crashAfterNext;
      try {
        await handle({ id: job.runId, data: job } as EventOf<typeof scrapeRequested>, { isRepeat });
        // it may crash between its last publish and the acknowledgement
        return crashAfter === 0 ? 'crashed' : 'done';
      } catch (error) {
        if (crashAfter <= 0) return 'crashed';
        if (error instanceof PostponeError) return 'postponed';
        if ((error as { isTemporary?: boolean }).isTemporary === true) return 'retried';
        throw error;
      } finally {
        await untilRead();
      }
    },
    reload(edited) {
      current = edited;
      states.replaceSources(edited);
    },
    close: () => follower.close(),
  };
}

/** Returns the delay of the next delivery; undefined after the last attempt. */
export function retryDelayMs(outcome: JobOutcome, attempt: number): number | undefined {
  return scrapeQueue.retryDelaysMs[outcome === 'postponed' ? 0 : attempt];
}

/** Resolves when followers of the in-memory bus have read what was published. */
async function untilRead(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
