export { ChatMessage, messagePosted } from './message-posted.ts';
export { quoteId } from './quote-id.ts';
export { Quote, quoteScraped } from './quote-scraped.ts';
export {
  decodeIds,
  encodeIds,
  MAX_BATCH_IDS,
  type PublishedBatch,
  quotesPublished,
} from './quotes-published.ts';
export { scrapeRequested } from './scrape-requested.ts';
export { SourceStatus, sourceStatus } from './source-status.ts';
export { type PublishedSource, snapshotsOf, sourcesSnapshot } from './sources-snapshot.ts';
export { timerChanged, TimerState } from './timer-changed.ts';
export { timerSnapshot } from './timer-snapshot.ts';
export { timerTicked } from './timer-ticked.ts';
export {
  chatLog,
  hostLock,
  publishedLock,
  publishedLog,
  quotesLog,
  scrapeQueue,
  timerLeaderLock,
  timerLog,
  topologyOf,
} from './topology.ts';
