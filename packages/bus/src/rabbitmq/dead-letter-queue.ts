import { setTimeout as delay } from 'node:timers/promises';
import type { ChannelModel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import { BusError } from '../errors.ts';
import { deadLetterQueueName, type WorkQueue } from '../topology.ts';
import { endOfChannel } from './connection.ts';
import { type DeadLetter, headersFor, letterOf, returnsOf } from './dead-letter.ts';
import type { DeadLetters } from './dead-letters.ts';

/**
 * n.b. from RabbitMQ 4.0 on, a quorum queue without a limit of its own drops what comes back for
 * the 21st time, and there's no way to read from it that doesn't count. So letters that came back
 * often are published anew.
 */
const RETURNS_BEFORE_RENEWAL = 5;
/** n.b. above 32 on their way to a quorum queue, acknowledgements wait, and are forgotten when the channel closes. */
const MAX_UNSETTLED = 16;
const DELIVERY_DEADLINE_MS = 2_000;
const ANSWER_DEADLINE_MS = 10_000;
const NOT_FOUND = 404;

/**
 * Takes the oldest dead letters of one work queue in hand, at most `limit`. What isn't dropped goes
 * back to where it was when the channel closes. n.b. that's the only way that keeps the order on
 * all versions: 3.10 puts what's rejected last, and what was got one by one in any order.
 */
export async function holdDeadLetters(
  connection: ChannelModel,
  queue: WorkQueue,
  { limit }: { limit: number },
): Promise<DeadLetters> {
  const queueName = deadLetterQueueName(queue);
  const channel = await connection.createConfirmChannel();
  void endOfChannel(channel);
  const messages = await takeOldest(channel, { queueName, count: limit + 1 });
  const held = new Map(
    messages.slice(0, limit).map((message) => [letterOf(message, queue.name), message]),
  );
  let acknowledged = 0;

  function drop(letter: DeadLetter): void {
    const message = held.get(letter);
    if (message === undefined) return;
    channel.ack(message);
    held.delete(letter);
    acknowledged += 1;
  }

  async function renew(): Promise<void> {
    for (const letter of held.keys()) {
      const properties = { ...letter.properties, headers: headersFor(letter, 'dead letter') };
      await publish(channel, { to: queueName, body: letter.body, properties });
      drop(letter);
    }
  }

  return {
    letters: [...held.keys()],
    hasMore: messages.length > limit,
    async retry(letter, { body = letter.body } = {}) {
      const properties = { ...letter.properties, headers: headersFor(letter, 'new job') };
      await publish(channel, { to: queue.name, body, properties });
      drop(letter);
    },
    drop,
    async close() {
      const isWorn = [...held.keys()].some((letter) => returnsOf(letter) >= RETURNS_BEFORE_RENEWAL);
      if (isWorn) await renew();
      if (acknowledged > MAX_UNSETTLED) {
        // n.b. the queue answers after it has settled what it got, and then gets the rest
        await answered(channel.get(queueName), queueName);
        await answered(channel.checkQueue(queueName), queueName);
      }
      await answered(channel.close(), queueName);
    },
  };
}

async function takeOldest(
  channel: ConfirmChannel,
  { queueName, count }: { queueName: string; count: number },
): Promise<readonly ConsumeMessage[]> {
  const messages: ConsumeMessage[] = [];
  const { messageCount } = await check(channel, queueName);
  await channel.prefetch(count);
  await channel.consume(queueName, (message) => {
    if (message !== null) messages.push(message);
  });
  // n.b. the broker's count may lag behind, and in a cluster deliveries may come after answers
  const until = Date.now() + DELIVERY_DEADLINE_MS;
  do {
    // n.b. the first answer may overtake deliveries, the second comes after them
    await check(channel, queueName);
    await check(channel, queueName);
  } while (messages.length < Math.min(messageCount, count) && Date.now() < until);
  return messages.slice(0, count);
}

async function check(
  channel: ConfirmChannel,
  queueName: string,
): Promise<{ readonly messageCount: number }> {
  try {
    return await answered(channel.checkQueue(queueName), queueName);
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== NOT_FOUND) throw cause;
    const problem = `there's no queue ${queueName} on this broker: is it the right one?`;
    const hint = 'Services declare their queues when they connect';
    throw new BusError('UNROUTABLE', `${problem} ${hint}`, { cause });
  }
}

/** Resolves when the broker has confirmed that the message is in the queue. */
async function publish(
  channel: ConfirmChannel,
  { to, body, properties }: { to: string; body: Buffer; properties: object },
): Promise<void> {
  let isReturned = false;
  const onReturn = () => {
    isReturned = true;
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const options = { ...properties, persistent: true, mandatory: true };
  channel.once('return', onReturn);
  try {
    channel.publish('', to, body, options, (cause: unknown) => {
      if (cause === null) resolve();
      else reject(new BusError('REFUSED', `${to} doesn't take it: is it full?`, { cause }));
    });
    await answered(promise, to);
  } finally {
    channel.off('return', onReturn);
  }
  // n.b. the broker returns an unroutable message, and confirms it all the same
  if (isReturned) throw new BusError('UNROUTABLE', `there's no queue ${to}`);
}

/** n.b. a quorum queue without a majority says nothing at all. */
async function answered<T>(answer: PromiseLike<T>, queueName: string): Promise<T> {
  const timer = new AbortController();
  const silence = delay(ANSWER_DEADLINE_MS, undefined, { signal: timer.signal }).then((): never => {
    throw new BusError('UNCONFIRMED', `${queueName} said nothing for ${ANSWER_DEADLINE_MS} ms`);
  });
  silence.catch(() => {});
  try {
    return await Promise.race([answer, silence]);
  } finally {
    timer.abort();
  }
}
