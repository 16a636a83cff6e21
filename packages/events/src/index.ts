export { ChatMessage, messagePosted } from './message-posted.ts';
export { quoteId } from './quote-id.ts';
export { Quote, quoteScraped } from './quote-scraped.ts';
export { scrapeRequested } from './scrape-requested.ts';
export { SourceStatus, sourceStatus } from './source-status.ts';
export { timerChanged, TimerState } from './timer-changed.ts';
export { timerTicked } from './timer-ticked.ts';
export {
  chatLog,
  hostLock,
  quotesLog,
  scrapeQueue,
  timerLeaderLock,
  timerLog,
  topologyOf,
} from './topology.ts';
