import { connectRabbitMq } from '@quotewire/bus';
import {
  createRecordingLogger,
  createTestTopology,
  deleteTopology,
  eventually,
  type LogLine,
  silentLogger,
  startTcpProxy,
  within,
} from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { recordTraffic } from './support/record-traffic.ts';
import { withAmqpHeartbeat } from './support/with-amqp-heartbeat.ts';

const COMEBACK_TIMEOUT_MS = 30_000;

describeWithBroker('a bus whose connection goes silent', (broker) => {
  /** Opens two buses on one topology, one of them over a link that can go silent. */
  async function open(onLine?: (line: LogLine) => void) {
    const names = createTestTopology();
    const { topology } = names;
    const link = await startTcpProxy(withAmqpHeartbeat(broker.url, 1));
    const { logger, lines } = createRecordingLogger(onLine);
    const bus = connectRabbitMq({ url: link.url, name: 'test', topology, logger });
    const steadyBus = connectRabbitMq({
      url: broker.url,
      name: 'steady',
      topology,
      logger: silentLogger,
    });
    onTestFinished(async () => {
      await Promise.all([bus.close(), steadyBus.close()]);
      await link.close();
      await deleteTopology(broker.url, topology);
    });
    await Promise.all([bus.firstConnected, steadyBus.firstConnected]);
    return { ...names, names, link, bus, steadyBus, lines };
  }

  it('detects it by the heartbeat, and recovers with no event lost, repeated or out of order', async () => {
    const { names, link, bus, steadyBus, lines, ...opened } = await open();
    const { queue, log, wordSaid, pageRequested } = opened;
    const { follower, words, gaps, pages } = recordTraffic(bus, names);
    const publishOn = (from: typeof bus, word: string, page: number) => [
      from.publish(wordSaid, { word }),
      from.publish(pageRequested, { page }),
    ];
    await Promise.all(publishOn(bus, 'before', 0));
    await within(follower.caughtUp, { what: 'the follower catches up' });
    await eventually(() => pages.includes(0) && bus.problems().length === 0, {
      what: 'the first job is done, and the bus reports no problem',
    });

    link.stall();
    const publishing = publishOn(bus, 'into the silence', 1);
    await Promise.all(publishOn(steadyBus, 'from elsewhere', 2));
    const reasons = () => lines.map(({ details }) => details.reason);
    await eventually(() => reasons().includes('connect ETIMEDOUT'), {
      what: 'a reconnect of the bus fails',
      timeoutMs: COMEBACK_TIMEOUT_MS,
    });
    expect(reasons()).toContain('Heartbeat timeout');
    await eventually(() => bus.problems().length === 4, { what: 'both connections are lost' });
    expect(bus.problems()).toEqual([
      expect.stringMatching(/^publishing: (Heartbeat timeout|connect ETIMEDOUT)$/),
      expect.stringMatching(/^consuming: (Heartbeat timeout|connect ETIMEDOUT)$/),
      `${queue.name}: not consuming`,
      `${log.name}: not caught up`,
    ]);
    publishing.push(...publishOn(bus, 'while away', 3));

    await link.heal();
    await within(Promise.all(publishing), {
      what: 'all waiting events are confirmed',
      timeoutMs: COMEBACK_TIMEOUT_MS,
    });
    await eventually(() => bus.problems().length === 0, {
      what: 'the bus reports no problem again',
      timeoutMs: COMEBACK_TIMEOUT_MS,
    });
    await Promise.all(publishOn(bus, 'after', 4));
    await eventually(() => words.includes('after') && pages.length >= 5, {
      what: 'the last word is read and every job is done',
    });
    expect(words).toEqual(['before', 'from elsewhere', 'into the silence', 'while away', 'after']);
    expect(gaps).toEqual([]);
    expect(pages.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
  });

  it('resends unconfirmed events before later ones', async () => {
    const publishing: Promise<unknown>[] = [];
    const { link, bus, steadyBus, names, wordSaid } = await open(({ level }) => {
      // in the same turn in which the bus notices the loss
      if (level === 'warn') publishing.push(bus.publish(wordSaid, { word: 'later' }));
    });
    const { words } = recordTraffic(steadyBus, names);
    await eventually(() => bus.problems().length === 0, { what: 'the bus reports no problem' });
    link.stall();
    publishing.push(bus.publish(wordSaid, { word: 'under way' }));
    await link.cut();
    await eventually(() => publishing.length > 1, { what: 'the loss is noticed' });
    await link.heal();
    await within(Promise.all(publishing), { what: 'all are confirmed' });
    await eventually(() => words.length >= publishing.length, { what: 'all are read' });
    expect(words[0]).toBe('under way');
  });
});
