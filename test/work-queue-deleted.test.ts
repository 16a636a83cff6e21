import { connectRabbitMq } from '@quotewire/bus';
import {
  createRecordingLogger,
  createTestTopology,
  deleteTopology,
  eventually,
} from '@quotewire/testing';
import { connect } from 'amqplib';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithBroker } from './support/broker.ts';

describeWithBroker('a bus whose work queue is deleted', (broker) => {
  it('declares the queue again, runs new jobs, and logs that its earlier jobs are lost', async () => {
    const { topology, queue, pageRequested } = createTestTopology();
    const counts: string[] = [];
    const { logger, lines } = createRecordingLogger();
    const bus = connectRabbitMq({
      url: broker.url,
      name: 'test',
      topology,
      logger,
      count: (counter, labels) => counts.push(`${counter} ${Object.values(labels).join(' ')}`),
    });
    onTestFinished(async () => {
      await bus.close();
      await deleteTopology(broker.url, topology);
    });
    const release = Promise.withResolvers<void>();
    const pages: number[] = [];
    bus.consume(queue, async ({ data: { page } }) => {
      pages.push(page);
      await release.promise;
    });
    for (const page of [1, 2, 3]) await bus.publish(pageRequested, { page });
    await eventually(() => pages.length === 1, { what: 'the first job starts' });

    const connection = await connect(broker.url);
    onTestFinished(() => connection.close());
    const channel = await connection.createChannel();
    await channel.deleteQueue(queue.name);
    await eventually(() => bus.problems().includes(`${queue.name}: not consuming`), {
      what: 'the bus reports that it does not consume',
    });
    await eventually(() => bus.problems().length === 0, { what: 'the bus has recovered' });
    release.resolve();
    await bus.publish(pageRequested, { page: 4 });
    await eventually(() => pages.includes(4), { what: 'the next job is done' });

    expect(pages).toEqual([1, 4]);
    expect(counts.filter((line) => line.includes('cancellations'))).toEqual([
      `amqp_consumer_cancellations_total ${queue.name}`,
    ]);
    const said = lines.filter(({ level }) => level === 'error');
    expect(said.map(({ details, message }) => ({ queue: details.queue, message }))).toEqual([
      {
        queue: queue.name,
        message:
          'the broker cancelled the consumer of a queue: if the queue was deleted, its jobs are lost',
      },
    ]);
  });
});
