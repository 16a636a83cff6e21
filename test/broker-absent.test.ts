import { connectRabbitMq, encodeEvent } from '@quotewire/bus';
import {
  createRecordingLogger,
  createTestTopology,
  deleteTopology,
  eventually,
  startTcpProxy,
  within,
} from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { watchOutgoingSockets } from './support/outgoing-sockets.ts';
import { recordTraffic } from './support/record-traffic.ts';

const MAX_WAITING_MESSAGES = 10_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** As large as an event may be, with room for all but the word. */
const LONG_WORD = 'w'.repeat(64_000);
const COMEBACK = { what: 'the bus reports no problem after the broker started', timeoutMs: 30_000 };

describeWithBroker('a bus that starts before its broker', (broker) => {
  async function open() {
    const names = createTestTopology({ maxBytes: 500_000_000 });
    const { topology } = names;
    const link = await startTcpProxy(broker.url);
    await link.cut();
    const { logger, lines } = createRecordingLogger();
    const sockets = watchOutgoingSockets();
    const bus = connectRabbitMq({ url: link.url, name: 'test', topology, logger });
    onTestFinished(async () => {
      sockets.stop();
      await bus.close();
      await link.close();
      await deleteTopology(broker.url, topology);
    });
    return { ...names, names, link, bus, lines, attempts: () => sockets.attemptsAt(link.url) };
  }

  it('logs the cause once for each connection, and keeps reconnecting', async () => {
    const { names, link, bus, lines, attempts, queue, log } = await open();
    const refusal = `connect ECONNREFUSED ${new URL(link.url).host}`;
    const warnings = () => lines.filter(({ level }) => level === 'warn');
    recordTraffic(bus, names);
    await expect(bus.firstConnected).rejects.toThrow(refusal);
    await eventually(() => attempts() >= 8, { what: 'four attempts of two connections' });
    expect(bus.problems()).toEqual([
      `publishing: ${refusal}`,
      `consuming: ${refusal}`,
      `${queue.name}: not consuming`,
      `${log.name}: not caught up`,
    ]);
    await link.heal();
    await eventually(() => bus.problems().length === 0, COMEBACK);
    const message = 'no connection to the broker, trying again';
    expect(warnings()).toEqual([
      { level: 'warn', message, details: { role: 'publish', reason: refusal } },
      { level: 'warn', message, details: { role: 'consume', reason: refusal } },
    ]);
  });

  it('publishes the waiting events in order, and starts its followers and consumers', async () => {
    const { names, link, bus, attempts, wordSaid, pageRequested } = await open();
    const { follower, words, gaps, pages } = recordTraffic(bus, names);
    let confirmed = 0;
    const publishing = ['one', 'two', 'three'].flatMap((word, page) =>
      [bus.publish(wordSaid, { word }), bus.publish(pageRequested, { page })].map(
        async (published) => {
          await published;
          confirmed += 1;
        },
      ),
    );
    await eventually(() => attempts() >= 4, { what: 'two attempts of two connections' });
    expect(confirmed).toBe(0);
    await link.heal();
    await within(Promise.all(publishing), { what: 'all waiting events are confirmed' });
    await within(follower.caughtUp, { what: 'the follower catches up' });
    await eventually(() => words.length >= 3 && pages.length >= 3, {
      what: 'all words are read and all jobs are done',
    });
    await eventually(() => bus.problems().length === 0, COMEBACK);
    expect(words).toEqual(['one', 'two', 'three']);
    expect(pages).toEqual([0, 1, 2]);
    expect(gaps).toEqual([]);
  });

  it('rejects events beyond the limit of the outbox, and publishes those within it', async () => {
    const { names, link, bus, wordSaid } = await open();
    const { words, gaps } = recordTraffic(bus, names);
    const expected = Array.from({ length: MAX_WAITING_MESSAGES }, (_, index) => String(index));
    const publishing = expected.map((word) => bus.publish(wordSaid, { word }));
    await expect(bus.publish(wordSaid, { word: 'too many' })).rejects.toMatchObject({
      code: 'OVERLOADED',
    });
    await link.heal();
    await within(Promise.all(publishing), {
      what: 'all waiting events are confirmed',
      timeoutMs: 30_000,
    });
    await bus.publish(wordSaid, { word: 'after' });
    await eventually(() => words.includes('after'), { what: 'all are read', timeoutMs: 30_000 });
    expect(words).toEqual([...expected, 'after']);
    expect(gaps).toEqual([]);
  });

  it('rejects bytes beyond the limit of the outbox, and publishes those within it', async () => {
    const { link, bus, wordSaid } = await open();
    const publishing: ReturnType<typeof bus.publish>[] = [];
    let overload: unknown;
    while (overload === undefined && publishing.length < MAX_WAITING_MESSAGES) {
      const published = bus.publish(wordSaid, { word: LONG_WORD });
      // a waiting publish doesn't settle in this turn
      const settled = published.catch((error: unknown) => error);
      overload = await Promise.race([settled, nextTurn()]);
      if (overload === undefined) publishing.push(published);
    }
    expect(overload).toMatchObject({ code: 'OVERLOADED' });
    await link.heal();
    const events = await within(Promise.all(publishing), {
      what: 'all waiting events are confirmed',
      timeoutMs: 30_000,
    });
    const bytes = events.map((event) => encodeEvent(event).byteLength);
    const total = bytes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeLessThanOrEqual(MAX_WAITING_BYTES);
    expect(total + Math.max(...bytes)).toBeGreaterThan(MAX_WAITING_BYTES);
    await expect(bus.publish(wordSaid, { word: LONG_WORD })).resolves.toBeDefined();
  });
});

function nextTurn(): Promise<undefined> {
  return new Promise((resolve) => {
    setImmediate(resolve, undefined);
  });
}
