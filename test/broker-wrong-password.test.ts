import { inspect } from 'node:util';
import { connectRabbitMq } from '@quotewire/bus';
import { expect, it, onTestFinished } from 'vitest';
import { createTestTopology } from '../packages/bus/test/test-topology.ts';
import { describeWithPrivateBroker } from './support/describe-with-private-broker.ts';
import { eventually, within } from './support/eventually.ts';
import { freePorts } from './support/free-ports.ts';
import { watchOutgoingSockets } from './support/outgoing-sockets.ts';
import { recordTraffic } from './support/record-traffic.ts';
import { createRecordingLogger } from './support/recording-logger.ts';
import { callRabbitmqctl } from './support/vhosts.ts';

const PASSWORD = 'Sesame/open!';

describeWithPrivateBroker('when the broker refuses the password', (broker) => {
  function connectWithPassword(url: string) {
    const names = createTestTopology();
    const { topology } = names;
    const { logger, lines } = createRecordingLogger();
    const withPassword = new URL(url);
    withPassword.password = encodeURIComponent(PASSWORD);
    const bus = connectRabbitMq({ url: withPassword.href, name: 'test', topology, logger });
    onTestFinished(() => bus.close());
    return { ...names, names, bus, lines };
  }

  it('says which vhost is not there, or not for this user', async () => {
    const url = new URL(broker().url);
    url.pathname = '/not%20there';
    const { topology } = createTestTopology();
    const { logger } = createRecordingLogger();
    const bus = connectRabbitMq({ url: url.href, name: 'test', topology, logger });
    onTestFinished(() => bus.close());
    await expect(bus.firstConnected).rejects.toThrow('the vhost "not there": does it exist');
  });

  it('tries less often than a broker that is not there', async () => {
    const [port] = await freePorts(1);
    const absent = `amqp://guest@127.0.0.1:${port}`;
    const sockets = watchOutgoingSockets();
    onTestFinished(() => sockets.stop());
    const { bus } = connectWithPassword(broker().url);
    await expect(bus.firstConnected).rejects.toThrow('refused');
    const attemptsBefore = sockets.attemptsAt(broker().url);
    connectWithPassword(absent);
    await eventually(() => sockets.attemptsAt(absent) >= 10, {
      what: 'five attempts of two connections',
    });
    // n.b. as often would be five of two as well
    expect(sockets.attemptsAt(broker().url) - attemptsBefore).toBeLessThan(5);
  });

  it('says so without the password, and connects once it is right', async () => {
    const { names, bus, lines, ...opened } = connectWithPassword(broker().url);
    const { queue, log, wordSaid, pageRequested } = opened;
    const { words, gaps, pages } = recordTraffic(bus, names);
    const refusal = await bus.firstConnected.catch((error: unknown) => error);
    await eventually(() => bus.problems().filter((text) => text.includes('refused')).length === 2, {
      what: 'both connections are refused',
    });
    const problems = bus.problems();
    expect(problems).toEqual([
      expect.stringMatching(/^publishing: .*Login was refused/),
      expect.stringMatching(/^consuming: .*Login was refused/),
      `${queue.name}: not consuming`,
      `${log.name}: not caught up`,
    ]);

    const publishing = [
      bus.publish(wordSaid, { word: 'one' }),
      bus.publish(pageRequested, { page: 1 }),
      bus.publish(wordSaid, { word: 'two' }),
    ];
    await callRabbitmqctl(broker().rabbitmqctl, 'change_password', 'guest', PASSWORD);
    await within(Promise.all(publishing), {
      what: 'all that waited is confirmed',
      timeoutMs: 30_000,
    });
    await eventually(() => bus.problems().length === 0, { what: 'all is well' });
    await eventually(() => words.length >= 2 && pages.length >= 1, {
      what: 'the words are read and the job is done',
    });
    expect(words).toEqual(['one', 'two']);
    expect(pages).toEqual([1]);
    expect(gaps).toEqual([]);
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
    const said = inspect([refusal, problems, lines], { depth: null, showHidden: true });
    expect(said).not.toMatch(/sesame/i);
  });
});
