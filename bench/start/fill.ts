import { type Bus, type Position } from '@quotewire/bus';
import {
  encodeIds,
  MAX_BATCH_IDS,
  type Quote,
  quoteId,
  quotesLog,
  quotesPublished,
  quoteScraped,
  sourceStatus,
} from '@quotewire/events';

const IN_FLIGHT = 2_000;
const WORDS = 'the quick brown fox jumps over a lazy dog and nobody minds at all '.repeat(5);

/** Returns a numbered quote, about as long as those of quotes.toscrape.com: 850 bytes as an event. */
export function numberedQuote(number: number): Quote {
  const text = `quote ${number} ${WORDS.slice(0, 250)}`;
  return {
    id: quoteId({ text, author: 'Nobody' }),
    text,
    author: 'Nobody',
    tags: ['life', 'truth'],
    source: `source-${number % 100}`,
    url: `https://example.org/page/${number % 1_000}/`,
    scrapedAt: new Date().toISOString(),
  };
}

/** Publishes the states of 100 sources, and then numbered quotes, many concurrently. */
export async function fillQuotes(
  bus: Bus,
  { first, count }: { first: number; count: number },
): Promise<void> {
  const since = new Date().toISOString();
  const states = Array.from({ length: 100 }, (_, index) =>
    bus.publish(sourceStatus, {
      source: `source-${index}`,
      state: 'ok',
      since,
      detail: 'A run came to the last page.',
      reachedEnd: true,
    }),
  );
  await Promise.all(states);
  let next = first;
  const publishAll = async () => {
    while (next < first + count) {
      const number = next;
      next += 1;
      await bus.publish(quoteScraped, { ...numberedQuote(number), runId: `run-${number >> 6}` });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, publishAll));
}

/** Publishes batches of the ids of numbered quotes that `quotes.log` has dropped. */
export async function fillBatches(
  bus: Bus,
  place: { epoch: string; upTo: Position },
  { first, count }: { first: number; count: number },
): Promise<void> {
  for (let start = first; start < first + count; start += MAX_BATCH_IDS) {
    const size = Math.min(MAX_BATCH_IDS, first + count - start);
    const ids = Array.from({ length: size }, (_, index) => numberedQuote(start + index).id);
    await bus.publish(quotesPublished, { ...place, ids: encodeIds(ids) });
  }
}

/** Counts the entries of `quotes.log`. */
export async function countEntries(bus: Bus): Promise<number> {
  let entries = 0;
  const follower = bus.follow(quotesLog, () => {
    entries += 1;
  });
  await follower.caughtUp;
  await follower.close();
  return entries;
}
