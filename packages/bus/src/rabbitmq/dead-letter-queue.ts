import type { ChannelModel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import { BusError } from '../errors.ts';
import { deadLetterQueueName, type WorkQueue } from '../topology.ts';
import { answered } from './answered.ts';
import { endOfChannel } from './connection.ts';
import { type DeadLetter, headersFor, parseDeadLetter, redeliveriesOf } from './dead-letter.ts';
import type { DeadLetters } from './dead-letters.ts';

/**
 * n.b. since RabbitMQ 4.0 a quorum queue without a delivery limit of its own drops a message at its
 * 21st redelivery, and every way of reading counts. So letters with many redeliveries are published
 * again.
 */
const REDELIVERIES_BEFORE_RENEWAL = 5;
/** n.b. above 32 in flight to a quorum queue, acknowledgements wait, and are lost when the channel closes. */
const MAX_UNSETTLED = 16;
const DELIVERY_DEADLINE_MS = 2_000;
const NOT_FOUND = 404;

/**
 * Consumes the oldest dead letters of one work queue, at most `limit`. When the channel closes,
 * letters that weren't dropped return to their place. n.b. no other way keeps the order on all
 * versions: 3.10 requeues rejected messages last, and messages of `basic.get` in any order.
 */
export async function openDeadLetterQueue(
  connection: ChannelModel,
  queue: WorkQueue,
  { limit }: { limit: number },
): Promise<DeadLetters> {
  const queueName = deadLetterQueueName(queue);
  const channel = await answered(connection.createConfirmChannel(), 'the broker');
  void endOfChannel(channel);
  const messages = await takeOldest(channel, { queueName, count: limit + 1 });
  const held = new Map(
    messages.slice(0, limit).map((message) => [parseDeadLetter(message, queue.name), message]),
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
      const isWorn = [...held.keys()].some(
        (letter) => redeliveriesOf(letter) >= REDELIVERIES_BEFORE_RENEWAL,
      );
      if (isWorn) await renew();
      if (acknowledged > MAX_UNSETTLED) {
        // n.b. the queue answers after it has settled the acknowledgements in flight; then the rest follow
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
  await answered(channel.prefetch(count), queueName);
  const onMessage = (message: ConsumeMessage | null) => {
    if (message !== null) messages.push(message);
  };
  await answered(channel.consume(queueName, onMessage), queueName);
  // n.b. the broker's count may lag behind, and in a cluster deliveries may arrive after answers
  const until = performance.now() + DELIVERY_DEADLINE_MS;
  do {
    // n.b. the first answer may overtake deliveries, the second arrives after them
    await check(channel, queueName);
    await check(channel, queueName);
  } while (messages.length < Math.min(messageCount, count) && performance.now() < until);
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

/** Publishes to a queue, and resolves when the broker has confirmed the message. */
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
      else
        reject(new BusError('REFUSED', `${to} refused the message: is the queue full?`, { cause }));
    });
    await answered(promise, to);
  } finally {
    channel.off('return', onReturn);
  }
  // n.b. the broker returns an unroutable message, and confirms the message too
  if (isReturned) throw new BusError('UNROUTABLE', `there's no queue ${to}`);
}
