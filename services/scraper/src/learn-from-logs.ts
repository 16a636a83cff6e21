import type { Bus, BusLogger, Follower } from '@quotewire/bus';
import {
  decodeIds,
  publishedLog,
  quoteScraped,
  quotesLog,
  sourcesSnapshot,
} from '@quotewire/events';
import type { PublishedQuotes } from './published-quotes.ts';
import type { PublishedWriter } from './published-writer.ts';
import type { SourceStates } from './source-states.ts';

export interface LearningParts {
  bus: Bus;
  published: PublishedQuotes;
  states: SourceStates;
  writer: PublishedWriter;
  logger: BusLogger;
}

/**
 * Learns the ids of published quotes and the states of the sources from the logs, and then follows
 * both logs: ids come from the batches in `published.log`, and from the part of `quotes.log` after
 * the last batch; without batches from the whole `quotes.log`.
 */
export function learnFromLogs({ bus, published, states, writer, logger }: LearningParts): Follower {
  const followers: Follower[] = [];
  let isClosed = false;
  let hasBegun = false;

  function followBatches(): Follower {
    return bus.follow(
      publishedLog,
      ({ offset, event }) => {
        if (event === undefined) return;
        const isAnew = writer.onBatch(event.data);
        // later batches repeat what quotes.log contains
        if (hasBegun) return;
        if (isAnew) published.clear();
        try {
          published.addAll(decodeIds(event.data.ids));
        } catch (err) {
          logger.warn({ log: publishedLog.name, offset, err }, 'skipped a bad batch of ids');
        }
      },
      {
        onGap(reason) {
          if (reason !== 'other-log') return;
          const { name } = publishedLog;
          logger.warn({ log: name }, 'lost batches of ids; the next start writes them again');
          // a batch implies that all previous batches exist
          void writer.close();
        },
      },
    );
  }

  function followQuotes(): Follower {
    let hasRead = false;
    let atMs = 0;
    return bus.follow(
      quotesLog,
      ({ event, ...position }) => {
        hasRead = true;
        // entries without an event are about as old as the one before
        if (event !== undefined) atMs = Date.parse(event.time);
        if (event?.type === quoteScraped.type) {
          published.add(event.data);
          states.learnNews(event.data);
          return writer.onEntry(position, { id: event.data.id, atMs });
        }
        if (event?.type === sourcesSnapshot.type) {
          states.learnSnapshot(event.data.sources, event.time);
        } else if (event !== undefined) states.learn(event.data, event.time);
        writer.onEntry(position, { atMs });
      },
      {
        after: writer.upTo,
        onGap(reason) {
          states.onGap();
          if (reason !== 'other-log') return;
          writer.beginEpoch();
          // the batches belong to a deleted log; ids learnt since the start remain valid
          if (!hasRead) published.clear();
        },
      },
    );
  }

  async function learn(): Promise<void> {
    const batches = followBatches();
    followers.push(batches);
    await batches.caughtUp;
    if (isClosed) return;
    hasBegun = true;
    const quotes = followQuotes();
    followers.push(quotes);
    await quotes.caughtUp;
    writer.start();
  }

  const caughtUp = learn();
  caughtUp.catch(() => {});
  return {
    caughtUp,
    async close() {
      isClosed = true;
      await Promise.all([writer, ...followers].map((part) => part.close()));
    },
  };
}
