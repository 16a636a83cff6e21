import { BusError } from '../errors.ts';
import type { Topology } from '../topology.ts';
import { type BrokerUrl, closeQuietly, endOfConnection, openConnection } from './connection.ts';
import type { DeadLetter } from './dead-letter.ts';
import { openDeadLetterQueue } from './dead-letter-queue.ts';

/** Dead letters that this process holds: no other consumer gets them until `close`. */
export interface DeadLetters {
  /** The letters of each work queue in turn, the oldest first: 500 at most. */
  readonly letters: readonly DeadLetter[];
  /** Whether the queues have more letters. */
  readonly hasMore: boolean;
  /** Publishes the job to its work queue as a new one, with another body if one is given, and drops the letter. Rejects with a `BusError`, and then keeps the letter. */
  retry(letter: DeadLetter, options?: { body?: Buffer }): Promise<void>;
  /** Deletes a letter; the deletion is certain once `close` has resolved. */
  drop(letter: DeadLetter): void;
  /** Returns the remaining letters to their queues, in order. */
  close(): Promise<void>;
}

/** n.b. shared hosted plans end a connection above 1,000 unacknowledged messages. */
const MAX_HELD = 500;

/** Connects to RabbitMQ and holds the dead letters of a topology. Rejects when the broker or a queue is missing. */
export async function openDeadLetters({
  url,
  topology: { workQueues },
}: {
  url: BrokerUrl;
  topology: Topology;
}): Promise<DeadLetters> {
  const connection = await openConnection(url, 'dead-letters').catch((cause: unknown) => {
    const { message, code } = cause as NodeJS.ErrnoException;
    // n.b. the error of a host name with several addresses has no message
    throw new Error(`can't connect to the broker: ${message || code}`, { cause });
  });
  void endOfConnection(connection);
  const queues = new Map<string, DeadLetters>();
  try {
    const limit = Math.floor(MAX_HELD / workQueues.length);
    for (const queue of workQueues) {
      queues.set(queue.name, await openDeadLetterQueue(connection, queue, { limit }));
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
