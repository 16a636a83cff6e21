import { connectRabbitMq } from '@quotewire/bus';
import {
  createRecordingLogger,
  createTestTopology,
  evaluateOn,
  eventually,
  readyIn,
} from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithPrivateBroker } from './support/describe-with-private-broker.ts';

const CONSUMER_TIMEOUT_MS = 500;

describeWithPrivateBroker('a consumer whose channel the broker closes during a job', (broker) => {
  it('does the job once, acknowledges its redelivery, and takes the next job', async () => {
    // n.b. before RabbitMQ 4.3 a channel checks the consumer timeout once a minute by default
    const settings = { consumer_timeout: CONSUMER_TIMEOUT_MS, channel_tick_interval: 100 };
    for (const [name, value] of Object.entries(settings)) {
      await evaluateOn(broker().node, `application:set_env(rabbit, ${name}, ${value})`);
    }
    const { topology, queue, pageRequested } = createTestTopology();
    const { logger, lines } = createRecordingLogger();
    const counts: string[] = [];
    const bus = connectRabbitMq({
      url: broker().url,
      name: 'test',
      topology,
      logger,
      count: (counter, labels) => {
        if (counter === 'amqp_messages_consumed_total') counts.push(labels.outcome ?? '');
      },
    });
    onTestFinished(() => bus.close());
    const release = Promise.withResolvers<void>();
    const pages: number[] = [];
    bus.consume(queue, async ({ data: { page } }) => {
      pages.push(page);
      if (page === 1) await release.promise;
    });
    for (const page of [1, 2]) await bus.publish(pageRequested, { page });
    const closings = () =>
      lines.filter(({ details: { reason } }) => /PRECONDITION_FAILED/.test(String(reason)));
    await eventually(() => closings().length > 0, { what: 'the broker closes the channel' });
    await eventually(() => bus.problems().length === 0, { what: 'the bus consumes again' });
    expect(pages).toEqual([1]);

    release.resolve();
    await eventually(() => pages.includes(2), { what: 'the next job is done' });
    await eventually(() => counts.includes('ack'), { what: 'the next job is acknowledged' });
    await bus.close();
    expect(pages).toEqual([1, 2]);
    expect(counts).toEqual(['repeated', 'ack']);
    expect(await readyIn(broker().url, queue.name)).toBe(0);
  });
});
