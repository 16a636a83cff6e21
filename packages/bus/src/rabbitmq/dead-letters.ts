import { BusError } from '../errors.ts';
import type { Topology } from '../topology.ts';
import { closeQuietly, endOfConnection, openConnection } from './connection.ts';
import type { DeadLetter } from './dead-letter.ts';
import { holdDeadLetters } from './dead-letter-queue.ts';

/** Dead letters in the hand: nobody else gets them until they're closed. */
export interface DeadLetters {
  /** Those of the first work queue, then of the next, each from the oldest on: 500 at most. */
  readonly letters: readonly DeadLetter[];
  /** Whether there are more. */
  readonly hasMore: boolean;
  /** Has a job done again as if it were new, with another body if one is given. Rejects with a `BusError`, and then the letter stays. */
  retry(letter: DeadLetter, options?: { body?: Buffer }): Promise<void>;
  /** Removes it for good, which is certain when `close` has resolved. */
  drop(letter: DeadLetter): void;
  /** Puts back what's left, in its order. */
  close(): Promise<void>;
}

/** n.b. shared hosted plans end a connection above 1,000 unacknowledged messages. */
const MAX_HELD = 500;

/** Connects to RabbitMQ and takes the dead letters of a topology in hand. Rejects when the broker or a queue isn't there. */
export async function openDeadLetters({
  url,
  topology: { workQueues },
}: {
  url: string;
  topology: Topology;
}): Promise<DeadLetters> {
  const connection = await openConnection(url, 'dead-letters').catch((cause: unknown) => {
    const { message, code } = cause as NodeJS.ErrnoException;
    // n.b. where a name has several addresses, the error of all of them has no message
    throw new Error(`can't connect to the broker: ${message || code}`, { cause });
  });
  void endOfConnection(connection);
  const queues = new Map<string, DeadLetters>();
  try {
    const limit = Math.floor(MAX_HELD / workQueues.length);
    for (const queue of workQueues) {
      queues.set(queue.name, await holdDeadLetters(connection, queue, { limit }));
    }
  } catch (error) {
    await closeQuietly(connection);
    throw error;
  }

  function queueOf({ queue, id }: DeadLetter): DeadLetters {
    const found = queues.get(queue);
    if (found === undefined)
      throw new BusError('UNROUTABLE', `there's no queue ${queue} for ${id}`);
    return found;
  }

  const held = [...queues.values()];
  return {
    letters: held.flatMap(({ letters }) => letters),
    hasMore: held.some(({ hasMore }) => hasMore),
    retry: async (letter, options) => queueOf(letter).retry(letter, options),
    drop: (letter) => queueOf(letter).drop(letter),
    async close() {
      try {
        for (const queue of held) await queue.close();
      } finally {
        await closeQuietly(connection);
      }
    },
  };
}
