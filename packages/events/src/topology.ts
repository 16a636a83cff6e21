import type { Log, Topology, WorkQueue } from '@quotewire/bus';
import { chatMarker, quotesMarker, timerMarker } from './log-marker.ts';
import { messagePosted } from './message-posted.ts';
import { quoteScraped } from './quote-scraped.ts';
import { scrapeRequested } from './scrape-requested.ts';
import { sourceStatus } from './source-status.ts';
import { timerChanged } from './timer-changed.ts';
import { timerTicked } from './timer-ticked.ts';

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

/** What the timer was told, and what it did. */
export const timerLog: Log<typeof timerChanged | typeof timerTicked> = {
  name: 'timer.log',
  events: [timerChanged, timerTicked],
  marker: timerMarker,
  maxBytes: 8 * 1024 * 1024,
};

/** What was said in the chat. */
export const chatLog: Log<typeof messagePosted> = {
  name: 'chat.log',
  events: [messagePosted],
  marker: chatMarker,
  maxBytes: 64 * 1024 * 1024,
};

/** The lock of the one timer that ticks. */
export const timerLeaderLock = 'timer.leader';

/** The lock of the one scraper that asks a host for pages. */
export function hostLock(host: string): string {
  return `scraper.host.${host}`;
}

/** All that Quotewire needs on its broker; `logMaxBytes` bounds the log of quotes. */
export function topologyOf({
  logMaxBytes = quotesLog.maxBytes,
}: { logMaxBytes?: number } = {}): Topology {
  return {
    workQueues: [scrapeQueue],
    logs: [{ ...quotesLog, maxBytes: logMaxBytes }, timerLog, chatLog],
  };
}
