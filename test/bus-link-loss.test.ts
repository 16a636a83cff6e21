import { connectRabbitMq, deadLetterQueueName } from '@quotewire/bus';
import {
  createTestTopology,
  deleteTopology,
  drainQueue,
  eventually,
  silentLogger,
  startTcpProxy,
  within,
} from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithBroker } from './support/broker.ts';

/** Closing takes at most 5 s for waiting events and 1 s for the closing handshake; the rest is for slow machines. */
const CLOSE_DEADLINE = { what: 'the bus closes without its broker', timeoutMs: 10_000 };

/** The link breaks after these bytes: during the handshake, the declarations, and the start of followers. */
const FLICKER_AFTER_BYTES = [600, 2_500, 4_500, 7_000, 9_000];

describeWithBroker('a bus whose connection to the broker breaks', (broker) => {
  /** Opens two buses on one topology, one of them over a link that can break. */
  async function open() {
    const names = createTestTopology();
    const { topology } = names;
    const link = await startTcpProxy(broker.url);
    const connectOver = (url: string) =>
      connectRabbitMq({ url, name: 'test', topology, logger: silentLogger });
    const bus = connectOver(link.url);
    const steadyBus = connectOver(broker.url);
    onTestFinished(async () => {
      await Promise.all([bus.close(), steadyBus.close()]);
      await link.close();
      await deleteTopology(broker.url, topology);
    });
    await Promise.all([bus.firstConnected, steadyBus.firstConnected]);
    return { ...names, link, bus, steadyBus };
  }

  it('publishes the waiting events in order after the reconnect', async () => {
    const { link, bus, log, wordSaid, steadyBus } = await open();
    const words: string[] = [];
    steadyBus.follow(log, ({ event }) => {
      if (event) words.push(event.data.word);
    });
    await link.cut();
    const publishing = ['one', 'two', 'three'].map((word) => bus.publish(wordSaid, { word }));
    await link.heal();
    await within(Promise.all(publishing), { what: 'all three are confirmed' });
    await eventually(() => words.length >= 3, { what: 'all three are read' });
    expect(words).toEqual(['one', 'two', 'three']);
  });

  it('reports the lost connection as a problem until the reconnect', async () => {
    const { link, bus } = await open();
    await eventually(() => bus.problems().length === 0, { what: 'the bus reports no problem' });
    await link.cut();
    await eventually(() => bus.problems().some((text) => text.startsWith('publishing: ')), {
      what: 'the bus reports that it cannot publish',
    });
    await link.heal();
    await eventually(() => bus.problems().length === 0, {
      what: 'the bus reports no problem again',
    });
    expect(bus.problems()).toEqual([]);
  });

  it('leaves a job in progress to another consumer, and survives its own late end', async () => {
    const { link, bus, steadyBus, queue, pageRequested } = await open();
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    bus.consume(queue, async () => {
      started.resolve();
      await release.promise;
      ended.resolve();
    });
    await steadyBus.publish(pageRequested, { page: 1 });
    await within(started.promise, { what: 'the job starts' });
    await link.cut();
    const done = Promise.withResolvers<object>();
    steadyBus.consume(queue, async ({ data: { page } }, { isRepeat }) => {
      done.resolve({ page, isRepeat });
    });
    await expect(within(done.promise, { what: 'another consumer does the job' })).resolves.toEqual({
      page: 1,
      isRepeat: true,
    });
    release.resolve();
    await ended.promise;
    expect(await drainQueue(broker.url, deadLetterQueueName(queue))).toEqual([]);
  });

  it('resumes following at its position, without holes and repetitions', async () => {
    const { link, bus, steadyBus, log, wordSaid } = await open();
    const seen: string[] = [];
    const follower = bus.follow(
      log,
      ({ event }) => {
        if (event) seen.push(event.data.word);
      },
      { onGap: (reason) => seen.push(reason) },
    );
    await steadyBus.publish(wordSaid, { word: 'before' });
    await within(follower.caughtUp, { what: 'the follower catches up' });
    await eventually(() => seen.includes('before'), { what: 'the first word is read' });
    await link.cut();
    await steadyBus.publish(wordSaid, { word: 'meanwhile' });
    await link.heal();
    await eventually(() => seen.includes('meanwhile'), { what: 'the missed word is read' });
    await steadyBus.publish(wordSaid, { word: 'after' });
    await eventually(() => seen.includes('after'), { what: 'the next word is read' });
    expect(seen).toEqual(['before', 'meanwhile', 'after']);
  });

  it('reconnects over a link that breaks during the handshake', async () => {
    const { link, bus, log, queue, pageRequested, wordSaid } = await open();
    const words = new Set<string>();
    const pages = new Set<number>();
    const gaps: string[] = [];
    bus.consume(queue, async ({ data }) => {
      pages.add(data.page);
    });
    const onGap = (reason: string) => gaps.push(reason);
    const follower = bus.follow(log, ({ event }) => event && words.add(event.data.word), { onGap });
    await within(follower.caughtUp, { what: 'the follower catches up' });
    await link.cut();
    const publishing = FLICKER_AFTER_BYTES.flatMap((bytes) => [
      bus.publish(wordSaid, { word: String(bytes) }),
      bus.publish(pageRequested, { page: bytes }),
    ]);
    for (const bytes of FLICKER_AFTER_BYTES) {
      await link.heal();
      await link.cutAfter(bytes);
    }
    await link.heal();
    await within(Promise.all(publishing), { what: 'all waiting events are confirmed' });
    await eventually(() => bus.problems().length === 0, {
      what: 'the bus reports no problem again',
    });
    await eventually(() => pages.size === FLICKER_AFTER_BYTES.length, {
      what: 'all jobs are done',
    });
    expect([...words]).toEqual(FLICKER_AFTER_BYTES.map(String));
    expect(gaps).toEqual([]);
  });

  for (const fault of ['cut', 'stall'] as const) {
    it(`closes with a job in progress after a ${fault} of the link`, async () => {
      const { link, bus, log, queue, pageRequested, wordSaid, steadyBus } = await open();
      const started = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const attempt = Promise.withResolvers<unknown>();
      bus.consume(queue, async () => {
        started.resolve();
        await release.promise;
        const publishing = bus.publish(wordSaid, { word: 'never' });
        await publishing.then(attempt.resolve, attempt.resolve);
      });
      const follower = bus.follow(log, () => {});
      await within(follower.caughtUp, { what: 'the follower catches up' });
      await steadyBus.publish(pageRequested, { page: 1 });
      await within(started.promise, { what: 'the job starts' });
      await link[fault]();
      release.resolve();
      await within(bus.close(), CLOSE_DEADLINE);
      expect(await attempt.promise).toMatchObject({ code: 'UNCONFIRMED' });
    });
  }

  it('closes with a failing job in progress when the link breaks', async () => {
    const { link, bus, queue, pageRequested, steadyBus } = await open();
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    bus.consume(queue, async () => {
      started.resolve();
      await release.promise;
      throw new Error('no');
    });
    await steadyBus.publish(pageRequested, { page: 1 });
    await within(started.promise, { what: 'the job starts' });
    await link.cut();
    release.resolve();
    await expect(within(bus.close(), CLOSE_DEADLINE)).resolves.toBeUndefined();
  });

  it('closes while it connects to a silent broker', async () => {
    const { link, topology, log } = await open();
    link.stall();
    const bus = connectRabbitMq({ url: link.url, name: 'test', topology, logger: silentLogger });
    bus.follow(log, () => {});
    await within(bus.close(), CLOSE_DEADLINE);
    await expect(bus.firstConnected).rejects.toThrow('closed');
  });
});
