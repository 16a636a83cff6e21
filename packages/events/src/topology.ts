import { defineEvent, type Log, type Topology, type WorkQueue } from '@quotewire/bus';
import { Type } from 'typebox';
import { messagePosted } from './message-posted.ts';
import { quoteScraped } from './quote-scraped.ts';
import { quotesPublished } from './quotes-published.ts';
import { scrapeRequested } from './scrape-requested.ts';
import { sourceStatus } from './source-status.ts';
import { sourcesSnapshot } from './sources-snapshot.ts';
import { timerChanged } from './timer-changed.ts';
import { timerSnapshot } from './timer-snapshot.ts';
import { timerTicked } from './timer-ticked.ts';

/** Pages to be scraped. */
export const scrapeQueue: WorkQueue<typeof scrapeRequested> = {
  name: 'scraper.scrape.requested',
  event: scrapeRequested,
  maxLength: 10_000,
  retryDelaysMs: [5_000, 30_000, 120_000],
};

/** Every published quote, and the statuses of the sources. */
export const quotesLog: Log<typeof quoteScraped | typeof sourceStatus | typeof sourcesSnapshot> = {
  name: 'quotes.log',
  events: [quoteScraped, sourceStatus, sourcesSnapshot],
  marker: markerIn('quotes'),
  maxBytes: 256 * 1024 * 1024,
};

/** The ids of published quotes, about six million: far more than `quotes.log` keeps. */
export const publishedLog: Log<typeof quotesPublished> = {
  name: 'published.log',
  events: [quotesPublished],
  marker: markerIn('quotes', 'published.marker'),
  maxBytes: 128 * 1024 * 1024,
};

/** The timer's states and ticks. */
export const timerLog: Log<typeof timerChanged | typeof timerTicked | typeof timerSnapshot> = {
  name: 'timer.log',
  events: [timerChanged, timerTicked, timerSnapshot],
  marker: markerIn('timer'),
  maxBytes: 8 * 1024 * 1024,
};

/** The messages of the chat. */
export const chatLog: Log<typeof messagePosted> = {
  name: 'chat.log',
  events: [messagePosted],
  marker: markerIn('chat'),
  maxBytes: 64 * 1024 * 1024,
};

/** The lock of the leading timer, which alone ticks. */
export const timerLeaderLock = 'timer.leader';

/** The lock of the one scraper that writes `published.log`. */
export const publishedLock = 'scraper.published';

/** The lock of the one scraper that fetches pages from a host. */
export function hostLock(host: string): string {
  return `scraper.host.${host}`;
}

/** The topology of Quotewire; `logMaxBytes` bounds the log of quotes. */
export function topologyOf({
  logMaxBytes = quotesLog.maxBytes,
}: { logMaxBytes?: number } = {}): Topology {
  return {
    workQueues: [scrapeQueue],
    logs: [{ ...quotesLog, maxBytes: logMaxBytes }, publishedLog, timerLog, chatLog],
  };
}

/** Creates the event that a follower of a log publishes to find the end of the log. Handlers never receive it. Two logs of one exchange need different routing keys. */
function markerIn(exchange: string, routingKey = 'log.marker') {
  return defineEvent({ exchange, routingKey, data: Type.Object({}) });
}
