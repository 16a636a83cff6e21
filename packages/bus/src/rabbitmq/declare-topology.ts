import type { Channel, ChannelModel } from 'amqplib';
import type { BusLogger } from '../bus.ts';
import type { Declarations, QueueDeclaration } from './declarations.ts';
import { endOfChannel } from './connection.ts';

const PRECONDITION_FAILED = 406;

/** Makes sure that everything exists. A queue that exists with other settings is used as it is, with a warning that says how to change it. */
export async function declareTopology(
  connection: ChannelModel,
  { exchanges, queues, bindings }: Declarations,
  logger: BusLogger,
): Promise<void> {
  const channel = await openChannel(connection);
  for (const exchange of exchanges)
    await channel.assertExchange(exchange, 'topic', { durable: true });
  for (const queue of queues) await declareQueue(connection, queue, logger);
  for (const { queue, exchange, routingKey } of bindings)
    await channel.bindQueue(queue, exchange, routingKey);
  await channel.close();
}

async function declareQueue(
  connection: ChannelModel,
  queue: QueueDeclaration,
  logger: BusLogger,
): Promise<void> {
  // n.b. a refused declaration closes its channel, so each has its own
  const channel = await openChannel(connection);
  try {
    await channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments });
    await channel.close();
  } catch (error) {
    if ((error as { code?: number }).code !== PRECONDITION_FAILED) throw error;
    const passive = await openChannel(connection);
    await passive.checkQueue(queue.name);
    await passive.close();
    logger.warn(
      { queue: queue.name, wanted: queue.arguments, reason: (error as Error).message },
      'a queue has other settings than wanted and is used as it is; to have the wanted ones, ' +
        `empty it and run: rabbitmqctl delete_queue ${queue.name}`,
    );
  }
}

async function openChannel(connection: ChannelModel): Promise<Channel> {
  const channel = await connection.createChannel();
  void endOfChannel(channel);
  return channel;
}
