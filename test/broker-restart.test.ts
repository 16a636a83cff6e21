import { connectRabbitMq, type LogEntry } from '@quotewire/bus';
import {
  createTestTopology,
  eventually,
  silentLogger,
  type TestTopology,
  within,
} from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithPrivateBroker } from './support/describe-with-private-broker.ts';

const PAGES_BEFORE = 100;
const PAGES_AFTER = 100;

describeWithPrivateBroker('a bus whose broker is killed and restarted', (broker) => {
  it('loses no confirmed event and reorders none', async () => {
    const { topology, queue, log, pageRequested, wordSaid } = createTestTopology({
      maxLength: 1_000_000,
    });
    const connectAs = (name: string) => {
      const bus = connectRabbitMq({ url: broker().url, name, topology, logger: silentLogger });
      onTestFinished(() => bus.close());
      return bus;
    };
    const publisher = connectAs('publisher');
    const consumer = connectAs('consumer');
    const follower = connectAs('follower');
    await Promise.all([publisher, consumer, follower].map((bus) => bus.firstConnected));
    const declaredAt = Date.now();

    const pagesDone = new Set<number>();
    consumer.consume(queue, async ({ data }) => {
      pagesDone.add(data.page);
    });
    const entries: LogEntry<TestTopology['wordSaid']>[] = [];
    const gaps: string[] = [];
    const reading = follower.follow(log, (entry) => entries.push(entry), {
      onGap: (reason) => gaps.push(reason),
    });
    await within(reading.caughtUp, { what: 'the follower catches up' });

    let confirmed = 0;
    const stopping = new AbortController();
    const publishing = (async () => {
      while (!stopping.signal.aborted) {
        await Promise.all([
          publisher.publish(pageRequested, { page: confirmed }),
          publisher.publish(wordSaid, { word: String(confirmed) }),
        ]);
        confirmed += 1;
      }
    })();
    publishing.catch(() => {});
    await broker().untilDurable(declaredAt);
    await eventually(() => confirmed >= PAGES_BEFORE, { what: 'the first pages are confirmed' });

    await broker().kill9();
    const confirmedBefore = confirmed;
    await broker().restart();
    await eventually(() => confirmed >= confirmedBefore + PAGES_AFTER, {
      what: 'pages are confirmed after the restart',
      timeoutMs: 30_000,
    });
    stopping.abort();
    await publishing;

    const all = Array.from({ length: confirmed }, (_, index) => index);
    const wordsRead = () => new Set(entries.flatMap(({ event }) => event?.data.word ?? []));
    await eventually(() => wordsRead().size >= all.length && pagesDone.size >= all.length, {
      what: 'every confirmed event is read, and every confirmed job done',
    });
    // a resent event may be in the log twice; the first one counts
    expect([...wordsRead()]).toEqual(all.map(String));
    expect([...pagesDone].sort((a, b) => a - b)).toEqual(all);
    const offsets = entries.map(({ offset }) => offset);
    expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
    expect(gaps).toEqual([]);
  });
});
