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

/** What became of a job: its host rests, its page is tried again, its process died, or the last of all. */
export type JobOutcome = 'done' | 'postponed' | 'retried' | 'killed';

/** One process of the scraper on the memory bus, whose jobs are done one by one. */
export interface SimulatedScraper {
  readonly states: SourceStates;
  /** Jobs that follow go to `jobs`. Dies after `livesFor` more publishes; default never. */
  work(job: Job, options: { isRepeat: boolean; livesFor?: number }): Promise<JobOutcome>;
  /** Takes the sources of a file that was edited. */
  reload(sources: readonly Source[]): void;
  close(): Promise<void>;
}

export interface SimulatedScraperOptions {
  bus: MemoryBus;
  sources: readonly Source[];
  fetchPage: ScrapeParts['fetchPage'];
  pauseMsOf: ScrapeParts['pauseMsOf'];
  /** Gets the job of the next page once it's published. */
  onJob: (job: Job) => void;
}

const logger = createLogger({ name: 'simulation', level: 'silent' });

/** Starts a process: resolves when it has learnt what the logs say. */
export async function startScraper({
  bus,
  sources,
  fetchPage,
  pauseMsOf,
  onJob,
}: SimulatedScraperOptions): Promise<SimulatedScraper> {
  let current = sources;
  let livesFor = Number.POSITIVE_INFINITY;
  const dead = new Error('the process died');
  const mortal: Bus = {
    ...bus,
    publish: (async (type: never, data: never, options: never) => {
      if (livesFor <= 0) throw dead;
      livesFor -= 1;
      if (type !== (scrapeRequested as unknown)) return bus.publish(type, data, options);
      onJob(data);
      return undefined;
    }) as unknown as Bus['publish'],
  };
  const states = new SourceStates({ bus: mortal, sources });
  const published = new PublishedQuotes();
  const writer = new PublishedWriter({
    bus: mortal,
    logger,
    publishStates: () => states.publishSnapshot(),
    sourceCount: () => states.size,
    jitterMs: 0,
  });
  const follower = learnFromLogs({ bus, published, states, writer, logger });
  await follower.caughtUp;
  const handle = onScrapeRequested({
    bus: mortal,
    sourceNamed: (name) => current.find((source) => source.name === name),
    refreshSources: async () => {},
    published,
    states,
    fetchPage,
    pauseMsOf,
    extract: async (page, options) => extractQuotes(page, options),
    count: () => {},
  });
  return {
    states,
    async work(job, { isRepeat, livesFor: lives = Number.POSITIVE_INFINITY }) {
      livesFor = lives;
      try {
        await handle({ id: job.runId, data: job } as EventOf<typeof scrapeRequested>, { isRepeat });
        // n.b. it may die between its last publish and the broker's knowing that the job is done
        return livesFor === 0 ? 'killed' : 'done';
      } catch (error) {
        if (livesFor <= 0) return 'killed';
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

/** After so many milliseconds the broker delivers a job again; undefined after the last attempt. */
export function retryDelayMs(outcome: JobOutcome, attempt: number): number | undefined {
  return scrapeQueue.retryDelaysMs[outcome === 'postponed' ? 0 : attempt];
}

/** Followers on the memory bus read what was published in a turn of the event loop. */
async function untilRead(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
