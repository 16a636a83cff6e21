import { deadLetterQueueName, retryQueueName, type Topology } from '@quotewire/bus';
import { connect } from 'amqplib';

/** Removes from a vhost all that a topology names. */
export async function deleteTopology(url: string, { workQueues, logs }: Topology): Promise<void> {
  const queues = [
    ...workQueues.flatMap((queue) => [
      queue.name,
      ...queue.retryDelaysMs.map((delayMs) => retryQueueName(queue, delayMs)),
      deadLetterQueueName(queue),
    ]),
    ...logs.map(({ name }) => name),
  ];
  const events = [
    ...workQueues.map(({ event }) => event),
    ...logs.flatMap((log) => [...log.events, log.marker]),
  ];
  const connection = await connect(url);
  try {
    const channel = await connection.createChannel();
    for (const queue of queues) await channel.deleteQueue(queue);
    for (const exchange of new Set(events.map((event) => event.exchange))) {
      await channel.deleteExchange(exchange);
    }
  } finally {
    await connection.close();
  }
}
