import { connectRabbitMq } from '@quotewire/bus';
import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../packages/bus/test/silent-logger.ts';
import { createTestTopology } from '../packages/bus/test/test-topology.ts';
import { describeWithPrivateBroker } from './support/describe-with-private-broker.ts';
import { eventually, within } from './support/eventually.ts';
import { watchOutgoingSockets } from './support/outgoing-sockets.ts';
import { recordTraffic } from './support/record-traffic.ts';
import { callRabbitmqctl } from './support/vhosts.ts';

/** RabbitMQ's own. */
const DEFAULT_WATERMARK = '0.4';
/** Nothing fits below. */
const ALARMING_WATERMARK = '0.00001';
const LONG_WORD = 'w'.repeat(50_000);

describeWithPrivateBroker('when the broker is short of memory', (broker) => {
  it('waits with what it publishes, says so, and goes on consuming', async () => {
    const names = createTestTopology();
    const { topology, wordSaid, pageRequested } = names;
    const sockets = watchOutgoingSockets();
    onTestFinished(() => sockets.stop());
    const allowed = Promise.withResolvers<void>();
    const bus = connectRabbitMq({
      url: broker().url,
      name: 'test',
      topology,
      logger: silentLogger,
    });
    onTestFinished(() => bus.close());
    const traffic = recordTraffic(bus, names, { untilAllowed: allowed.promise });
    const { follower, words, gaps, pages } = traffic;
    const setWatermark = (share: string) =>
      callRabbitmqctl(broker().rabbitmqctl, 'set_vm_memory_high_watermark', share);
    await within(follower.caughtUp, { what: 'the follower catches up' });
    for (const page of [1, 2, 3]) await bus.publish(pageRequested, { page });
    await eventually(() => bus.problems().length === 0, { what: 'all is well' });

    await setWatermark(ALARMING_WATERMARK);
    const blocked = ['publishing: blocked by the broker: low on memory'];
    const publishing = ['one', 'two'].map((word) => bus.publish(wordSaid, { word }));
    await eventually(() => bus.problems().length > 0, { what: 'the bus tells of a problem' });
    expect(bus.problems()).toEqual(blocked);
    const bytesBefore = sockets.bytesSentTo(broker().url);
    let isConfirmed = false;
    const last = bus.publish(wordSaid, { word: LONG_WORD }).then(() => {
      isConfirmed = true;
    });
    allowed.resolve();
    // n.b. one at a time: each but the first shows that the broker took an acknowledgement
    await eventually(() => pages.length >= 3, { what: 'the jobs are done meanwhile' });
    expect(bus.problems()).toEqual(blocked);
    expect(isConfirmed).toBe(false);
    // it waits where there's a bound, and not in the connection's buffers
    expect(sockets.bytesSentTo(broker().url) - bytesBefore).toBeLessThan(LONG_WORD.length);

    await setWatermark(DEFAULT_WATERMARK);
    await within(Promise.all([...publishing, last]), { what: 'all that waited is confirmed' });
    await eventually(() => bus.problems().length === 0, { what: 'all is well again' });
    await bus.publish(wordSaid, { word: 'after' });
    await eventually(() => words.includes('after'), { what: 'the last word is read' });
    expect(words).toEqual(['one', 'two', LONG_WORD, 'after']);
    expect(pages).toEqual([1, 2, 3]);
    expect(gaps).toEqual([]);
  });
});
