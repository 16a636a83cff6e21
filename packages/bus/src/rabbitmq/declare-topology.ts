import type { ChannelModel } from 'amqplib';
import type { BusLogger } from '../bus.ts';
import type { Declarations, QueueDeclaration } from './declarations.ts';
import { answered } from './answered.ts';
import { closeQuietly, openChannel } from './connection.ts';

const PRECONDITION_FAILED = 406;

/** Declares the exchanges, queues and bindings of a topology. An existing queue with other settings is used unchanged, with a warning that names the fix. */
export async function declareTopology(
  connection: ChannelModel,
  { exchanges, queues, bindings }: Declarations,
  logger: BusLogger,
): Promise<void> {
  const channel = await openChannel(connection);
  try {
    for (const exchange of exchanges)
      await answered(channel.assertExchange(exchange, 'topic', { durable: true }), exchange);
    for (const queue of queues) await declareQueue(connection, queue, logger);
    for (const { queue, exchange, routingKey } of bindings)
      await answered(channel.bindQueue(queue, exchange, routingKey), queue);
  } finally {
    await closeQuietly(channel);
  }
}

async function declareQueue(
  connection: ChannelModel,
  queue: QueueDeclaration,
  logger: BusLogger,
): Promise<void> {
  // n.b. a refused declaration closes its channel, so each has its own
  const channel = await openChannel(connection);
  try {
    const options = { durable: true, arguments: queue.arguments };
    await answered(channel.assertQueue(queue.name, options), queue.name);
  } catch (error) {
    if ((error as { code?: number }).code !== PRECONDITION_FAILED) throw error;
    await checkQueue(connection, queue.name);
    logger.warn(
      { queue: queue.name, wanted: queue.arguments, reason: (error as Error).message },
      `a queue has other settings and is used unchanged; ${adviceFor(queue)}`,
    );
  } finally {
    await closeQuietly(channel);
  }
}

async function checkQueue(connection: ChannelModel, name: string): Promise<void> {
  const channel = await openChannel(connection);
  try {
    await answered(channel.checkQueue(name), name);
  } finally {
    await closeQuietly(channel);
  }
}

/** n.b. deleting a log loses its entries; a policy overrides the arguments of its declaration instead. */
function adviceFor({ name, arguments: wanted }: QueueDeclaration): string {
  if (wanted['x-queue-type'] !== 'stream')
    return `to change them, empty the queue and run: rabbitmqctl delete_queue ${name}`;
  const pattern = `^${name.replaceAll('.', '\\.')}$`;
  const bound = JSON.stringify({ 'max-length-bytes': wanted['x-max-length-bytes'] });
  return `to change its bound, run: rabbitmqctl set_policy --apply-to queues ${name} '${pattern}' '${bound}'`;
}
