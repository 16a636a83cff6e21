import type { Log, Topology, WorkQueue } from '@quotewire/bus';
import { quotesMarker, timerMarker } from './log-marker.ts';
import { quoteScraped } from './quote-scraped.ts';
import { scrapeRequested } from './scrape-requested.ts';
import { sourceStatus } from './source-status.ts';
import { timerChanged } from './timer-changed.ts';

/** Pages to be scraped. */
export const scrapeQueue: WorkQueue<typeof scrapeRequested> = {
  name: 'scraper.scrape.requested',
  event: scrapeRequested,
  maxLength: 10_000,
  retryDelaysMs: [5_000, 30_000, 120_000],
};

/** Every quote that was published, and how its sources do. */
export const quotesLog: Log<typeof quoteScraped | typeof sourceStatus> = {
  name: 'quotes.log',
  events: [quoteScraped, sourceStatus],
  marker: quotesMarker,
  maxBytes: 256 * 1024 * 1024,
};

/** What the timer was told. */
export const timerLog: Log<typeof timerChanged> = {
  name: 'timer.log',
  events: [timerChanged],
  marker: timerMarker,
  maxBytes: 8 * 1024 * 1024,
};

/** All that Quotewire needs on its broker; `logMaxBytes` bounds the log of quotes. */
export function topologyOf({
  logMaxBytes = quotesLog.maxBytes,
}: { logMaxBytes?: number } = {}): Topology {
  return {
    workQueues: [scrapeQueue],
    logs: [{ ...quotesLog, maxBytes: logMaxBytes }, timerLog],
  };
}
