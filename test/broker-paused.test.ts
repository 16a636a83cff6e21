import { connectRabbitMq } from '@quotewire/bus';
import { createRecordingLogger, createTestTopology, eventually, within } from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithPrivateBroker } from './support/describe-with-private-broker.ts';
import { recordTraffic } from './support/record-traffic.ts';
import { withAmqpHeartbeat } from './support/with-amqp-heartbeat.ts';

describeWithPrivateBroker('a broker that is suspended and resumed', (broker) => {
  it('is detected by the heartbeat, and loses and reorders nothing', async () => {
    const names = createTestTopology();
    const { topology, queue, log, wordSaid, pageRequested } = names;
    const { logger, lines } = createRecordingLogger();
    const url = withAmqpHeartbeat(broker().url, 1);
    const bus = connectRabbitMq({ url, name: 'test', topology, logger });
    onTestFinished(() => bus.close());
    const { follower, words, offsets, gaps, pages } = recordTraffic(bus, names);
    const publish = (word: string, page: number) => [
      bus.publish(wordSaid, { word }),
      bus.publish(pageRequested, { page }),
    ];
    await Promise.all(publish('before', 0));
    await within(follower.caughtUp, { what: 'the follower catches up' });
    await eventually(() => bus.problems().length === 0, { what: 'the bus reports no problem' });

    broker().pause();
    onTestFinished(() => {
      broker().resume();
    });
    const publishing = [...publish('into the silence', 1), ...publish('once more', 2)];
    await eventually(() => bus.problems().length === 4, {
      what: 'the bus reports both connections as lost',
    });
    expect(bus.problems()).toEqual([
      expect.stringMatching(/^publishing: (Heartbeat timeout|connect ETIMEDOUT)$/),
      expect.stringMatching(/^consuming: (Heartbeat timeout|connect ETIMEDOUT)$/),
      `${queue.name}: not consuming`,
      `${log.name}: not caught up`,
    ]);
    const reasons = lines.map(({ details }) => details.reason);
    expect(reasons).toContain('Heartbeat timeout');
    publishing.push(...publish('while away', 3));

    broker().resume();
    await within(Promise.all(publishing), {
      what: 'all waiting events are confirmed',
      timeoutMs: 30_000,
    });
    await eventually(() => bus.problems().length === 0, {
      what: 'the bus reports no problem again',
      timeoutMs: 30_000,
    });
    await Promise.all(publish('after', 4));
    await eventually(() => words.includes('after') && pages.includes(4), {
      what: 'the last word is read and the last job is done',
    });
    // a resent event may be in the log twice; the first one counts
    expect([...new Set(words)]).toEqual([
      'before',
      'into the silence',
      'once more',
      'while away',
      'after',
    ]);
    expect(offsets).toEqual([...new Set(offsets)].toSorted((a, b) => a - b));
    expect(gaps).toEqual([]);
    expect(pages.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
  });
});
