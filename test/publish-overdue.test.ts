import { connectRabbitMq } from '@quotewire/bus';
import {
  createTestTopology,
  deleteTopology,
  eventually,
  silentLogger,
  startTcpProxy,
  within,
} from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithBroker } from './support/broker.ts';

describeWithBroker('a bus whose broker confirms nothing', (broker) => {
  /** A bus behind a link that can hold all bytes back, and the bus's clock, which can be put forward. */
  async function connectBehindLink() {
    const { topology, wordSaid } = createTestTopology();
    const link = await startTcpProxy(broker.url);
    const clock = {
      aheadMs: 0,
      now: () => performance.now() + clock.aheadMs,
      wait: async () => {},
    };
    const bus = connectRabbitMq({
      url: link.url,
      name: 'test',
      topology,
      logger: silentLogger,
      clock,
    });
    onTestFinished(async () => {
      await bus.close();
      await link.close();
      await deleteTopology(broker.url, topology);
    });
    await bus.firstConnected;
    await eventually(() => bus.problems().length === 0, { what: 'the bus reports no problem' });
    return { bus, link, clock, say: (word: string) => bus.publish(wordSaid, { word }) };
  }

  it('reports a problem after 10 s, until the event is confirmed', async () => {
    const { bus, link, clock, say } = await connectBehindLink();
    link.hold();
    const publishing = say('unheard');
    expect(bus.problems()).toEqual([]);
    clock.aheadMs = 11_000;
    expect(bus.problems()).toEqual([
      expect.stringMatching(/^publishing: the broker hasn't confirmed an event for 1\d s$/),
    ]);
    link.release();
    await within(publishing, { what: 'the event is confirmed' });
    expect(bus.problems()).toEqual([]);
  });

  it('connects anew after 15 s, and sends the event again', async () => {
    const { link, clock, say } = await connectBehindLink();
    // holds the connections that there are, as RabbitMQ's flow control may for ever
    link.hold();
    const publishing = say('unheard');
    clock.aheadMs = 16_000;
    const { data } = await within(publishing, { what: 'the event is confirmed' });
    expect(data).toEqual({ word: 'unheard' });
  });
});
