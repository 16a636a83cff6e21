import type { Bus, Follower } from '@quotewire/bus';
import { quotesLog } from '@quotewire/events';
import type { QuoteFeed } from './quote-feed.ts';

/** Where a quote-stream reads what it shows. */
export interface QuoteOrigin {
  /** Fills the feed, and continues live. */
  follow(feed: QuoteFeed): Follower;
  /** The reasons why nothing new can arrive, a sentence each; empty if all is well. */
  problems(): string[];
}

/** The log of a broker, from its `newest` entries on. */
export function logOrigin(bus: Bus, { newest }: { newest: number }): QuoteOrigin {
  return {
    follow: (feed) =>
      bus.follow(quotesLog, (entry) => feed.onEntry(entry), {
        newest,
        isTraced: true,
        onGap: (reason) => feed.onGap(reason),
      }),
    // this service publishes only log markers
    problems: () => bus.problems({ withPublishing: false }),
  };
}
