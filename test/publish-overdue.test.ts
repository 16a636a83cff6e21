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
  it('reports a problem after 10 s, until the event is confirmed', async () => {
    const { topology, wordSaid } = createTestTopology();
    const link = await startTcpProxy(broker.url);
    let aheadMs = 0;
    const clock = {
      now: () => performance.now() + aheadMs,
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

    link.hold();
    const publishing = bus.publish(wordSaid, { word: 'unheard' });
    expect(bus.problems()).toEqual([]);
    aheadMs = 11_000;
    expect(bus.problems()).toEqual([
      expect.stringMatching(/^publishing: the broker hasn't confirmed an event for 1\d s$/),
    ]);
    link.release();
    await within(publishing, { what: 'the event is confirmed' });
    expect(bus.problems()).toEqual([]);
  });
});
