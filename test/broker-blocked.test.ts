import { connectRabbitMq, type FollowOptions, type RabbitMqBus } from '@quotewire/bus';
import { quoteScraped, topologyOf } from '@quotewire/events';
import {
  createTestTopology,
  eventually,
  readyIn,
  silentLogger,
  startTcpProxy,
  type TestTopology,
  within,
} from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithPrivateBroker } from './support/describe-with-private-broker.ts';
import { watchOutgoingSockets } from './support/outgoing-sockets.ts';
import { recordTraffic } from './support/record-traffic.ts';
import { quoteOf } from './support/quotes.ts';
import { startProcess } from './support/start-process.ts';

const LONG_WORD = 'w'.repeat(50_000);

describeWithPrivateBroker('a broker with a memory alarm', (broker) => {
  it('delays publishes, reports a problem, acknowledges finished jobs and starts none', async () => {
    const names = createTestTopology();
    const { wordSaid, pageRequested } = names;
    const sockets = watchOutgoingSockets();
    onTestFinished(() => sockets.stop());
    const allowed = Promise.withResolvers<void>();
    const bus = connect(broker().url, names);
    const traffic = recordTraffic(bus, names, { untilAllowed: allowed.promise });
    const { follower, words, gaps, pages } = traffic;
    await within(follower.caughtUp, { what: 'the follower catches up' });
    for (const page of [1, 2, 3]) await bus.publish(pageRequested, { page });
    await eventually(() => bus.problems().length === 0, { what: 'the bus reports no problem' });

    await broker().setMemoryAlarm(true);
    onTestFinished(() => broker().setMemoryAlarm(false));
    const blocked = ['publishing: blocked by the broker: low on memory'];
    const publishing = ['one', 'two'].map((word) => bus.publish(wordSaid, { word }));
    await eventually(() => bus.problems().length > 0, { what: 'the bus reports a problem' });
    expect(bus.problems()).toEqual(blocked);
    const bytesBefore = sockets.bytesSentTo(broker().url);
    let isConfirmed = false;
    const last = bus.publish(wordSaid, { word: LONG_WORD }).then(() => {
      isConfirmed = true;
    });
    allowed.resolve();
    // prefetch 1: the second job is delivered after the first is acknowledged
    await eventually(async () => (await readyIn(broker().url, names.queue.name)) === 1, {
      what: 'the broker receives the acknowledgement of the job in progress',
    });
    expect(pages).toEqual([1]);
    expect(bus.problems()).toEqual(blocked);
    expect(isConfirmed).toBe(false);
    // it waits in the bounded outbox, not in the connection's buffers
    expect(sockets.bytesSentTo(broker().url) - bytesBefore).toBeLessThan(LONG_WORD.length);

    await broker().setMemoryAlarm(false);
    await within(Promise.all([...publishing, last]), { what: 'all waiting events are confirmed' });
    await eventually(() => bus.problems().length === 0, {
      what: 'the bus reports no problem again',
    });
    await bus.publish(wordSaid, { word: 'after' });
    await eventually(() => words.includes('after'), { what: 'the last word is read' });
    expect(words).toEqual(['one', 'two', LONG_WORD, 'after']);
    await eventually(() => pages.length === 3, { what: 'the other jobs are done' });
    expect(pages).toEqual([1, 2, 3]);
    expect(gaps).toEqual([]);
  });

  it('runs a failed job once, however long its republishing takes', async () => {
    const names = createTestTopology();
    const { queue, wordSaid, pageRequested } = names;
    const bus = connect(broker().url, names);
    const failing = Promise.withResolvers<void>();
    const runs: number[] = [];
    bus.consume(queue, async ({ data: { page } }) => {
      runs.push(page);
      if (runs.length === 1) await failing.promise;
    });
    for (const page of [1, 2]) await bus.publish(pageRequested, { page });
    await eventually(() => runs.length === 1, { what: 'the first job starts' });
    await broker().setMemoryAlarm(true);
    onTestFinished(() => broker().setMemoryAlarm(false));
    const first = bus.publish(wordSaid, { word: 'one' });
    first.catch(() => {});
    await eventually(() => bus.problems().length > 0, { what: 'the bus reports a problem' });
    failing.reject(new Error('no'));
    await eventually(
      () => bus.problems().some((problem) => problem.includes("can't be republished")),
      {
        what: 'the publisher rejects the failed job',
        timeoutMs: 45_000,
      },
    );
    // published before the failed job, and rejected after the same time
    await expect(first).rejects.toMatchObject({ code: 'UNCONFIRMED' });
    expect(await readyIn(broker().url, queue.name)).toBe(1);
    expect(runs).toEqual([1]);

    await broker().setMemoryAlarm(false);
    await eventually(() => runs.length === 3, { what: 'both jobs are done' });
    expect(runs.toSorted((a, b) => a - b)).toEqual([1, 1, 2]);
    await eventually(() => bus.problems().length === 0, {
      what: 'the bus reports no problem again',
    });
  });

  it('lets a follower that starts or reconnects read the log and catch up', async () => {
    const names = createTestTopology();
    const { wordSaid } = names;
    const url = broker().url;
    const steady = connect(url, names);
    const words = Array.from({ length: 700 }, (_, index) => `word ${index}`);
    await Promise.all(words.map((word) => steady.publish(wordSaid, { word })));
    const link = await startTcpProxy(url);
    onTestFinished(() => link.close());
    const cutOff = follow(connect(link.url, names), names);
    await within(cutOff.caughtUp, { what: 'the follower catches up before the alarm' });

    await broker().setMemoryAlarm(true);
    onTestFinished(() => broker().setMemoryAlarm(false));
    await link.cut();
    await eventually(() => cutOff.bus.problems().length > 0, { what: 'the link is lost' });
    await link.heal();
    const started = follow(connect(url, names), names);
    const newest = follow(connect(url, names), names, { newest: 100 });
    const after = { offset: 1_000_000, fingerprint: '0123456789ab' };
    const ahead = follow(connect(url, names), names, { after });
    await Promise.all(
      [started, newest, ahead].map(({ caughtUp }) =>
        within(caughtUp, { what: 'the follower catches up', timeoutMs: 20_000 }),
      ),
    );
    const isBehind = (problem: string) => problem.includes(names.log.name);
    await eventually(() => !cutOff.bus.problems().some(isBehind), {
      what: 'the disconnected follower has caught up again',
    });
    expect(started.seen).toEqual(words);
    expect(newest.seen).toEqual(words.slice(-newest.seen.length));
    expect(newest.seen.length).toBeGreaterThanOrEqual(90);
    expect(ahead.seen).toEqual(['other-log', ...words]);
    expect(cutOff.seen).toEqual(words);
    // closing buses wait for the confirms of their markers
    await broker().setMemoryAlarm(false);
  });

  it('lets a quote-stream that starts become ready with the quotes published before', async () => {
    const topology = topologyOf();
    const bus = connectRabbitMq({
      url: broker().url,
      name: 'test',
      topology,
      logger: silentLogger,
    });
    onTestFinished(() => bus.close());
    await bus.publish(quoteScraped, quoteOf('from before the alarm'));
    await broker().setMemoryAlarm(true);
    onTestFinished(() => broker().setMemoryAlarm(false));
    const { url } = await startProcess('quote-stream', { env: { AMQP_URL: broker().url } });
    const isReady = async () => (await fetch(`${url}/readyz`)).ok;
    await eventually(isReady, { what: 'quote-stream is ready', timeoutMs: 30_000 });
    const list = await (await fetch(`${url}/quotes`)).text();
    expect(list).toContain('from before the alarm');
  });

  it('lets a follower catch up with an empty log', async () => {
    const names = createTestTopology();
    await broker().setMemoryAlarm(true);
    onTestFinished(() => broker().setMemoryAlarm(false));
    const followers = [undefined, 100].map((newest) =>
      follow(connect(broker().url, names), names, { newest }),
    );
    await Promise.all(
      followers.map(({ caughtUp }) => within(caughtUp, { what: 'the follower catches up' })),
    );
    await broker().setMemoryAlarm(false);
    const { wordSaid } = names;
    await connect(broker().url, names).publish(wordSaid, { word: 'first' });
    for (const { seen } of followers) {
      await eventually(() => seen.length > 0, { what: 'the follower reads the first word' });
      expect(seen).toEqual(['first']);
    }
  });

  function connect(url: string, { topology }: TestTopology): RabbitMqBus {
    const bus = connectRabbitMq({ url, name: 'test', topology, logger: silentLogger });
    onTestFinished(() => bus.close());
    return bus;
  }

  /** Follows the log, and records the words and the gaps. */
  function follow(bus: RabbitMqBus, { log }: TestTopology, options: FollowOptions = {}) {
    const seen: string[] = [];
    const { caughtUp } = bus.follow(log, ({ event }) => event && seen.push(event.data.word), {
      ...options,
      onGap: (reason) => seen.push(reason),
    });
    return { bus, caughtUp, seen };
  }
});
