import { connectRabbitMq } from '@quotewire/bus';
import {
  createTestTopology,
  deleteTopology,
  eventually,
  silentLogger,
  startTcpProxy,
  type TestTopology,
  within,
} from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithBroker } from './support/broker.ts';

/** The smallest that a stream's segment can be. */
const SMALLEST_LOG_BYTES = 1_000_000;
const WORDS = 8_000;
/** Behind all that's written to fill the log. */
const LAST_WORD = 10 * WORDS;
const PADDING = 'x'.repeat(1_000);

describeWithBroker('a follower that retention overtakes', (broker) => {
  function connectFor({ topology }: TestTopology, url: string) {
    const bus = connectRabbitMq({ url, name: 'test', topology, logger: silentLogger });
    onTestFinished(() => bus.close());
    return bus;
  }

  it('is notified of a gap before the entry after the hole', async () => {
    const names = createTestTopology({ maxBytes: SMALLEST_LOG_BYTES });
    const { log, topology, wordSaid } = names;
    onTestFinished(() => deleteTopology(broker.url, topology));
    const link = await startTcpProxy(broker.url);
    onTestFinished(() => link.close());
    const publishing = connectFor(names, broker.url);
    const reading = connectFor(names, link.url);
    const seen: (number | string)[] = [];
    const follower = reading.follow(
      log,
      ({ event }) => {
        if (event) seen.push(Number.parseInt(event.data.word, 10));
      },
      { onGap: (reason) => seen.push(reason) },
    );
    const say = (index: number) => publishing.publish(wordSaid, { word: `${index} ${PADDING}` });
    await within(follower.caughtUp, { what: 'the follower catches up' });
    await say(0);
    await eventually(() => seen.includes(0), { what: 'the follower reads the first word' });

    link.hold();
    for (let from = 1; from < WORDS; from += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, index) => say(from + index)));
    }
    // n.b. retention is looked at when a segment is full
    let filler = WORDS;
    await eventually(
      async () => {
        await Promise.all(Array.from({ length: 20 }, () => say((filler += 1))));
        return (await oldestOf(names)) > WORDS / 2;
      },
      { what: 'retention drops half of the words', timeoutMs: 60_000 },
    );
    link.release();

    await say(LAST_WORD);
    await eventually(() => seen.includes(LAST_WORD), {
      what: 'the follower reads the last word',
    });
    const silentHoles = seen.filter((word, index) => {
      const before = seen[index - 1];
      return (
        typeof word === 'number' && word <= WORDS && typeof before === 'number' && word > before + 1
      );
    });
    expect(silentHoles).toEqual([]);
    expect(seen.filter((word) => typeof word === 'string')).toEqual(['expired']);
  }, 150_000);

  /** The first word that a new follower reads. */
  async function oldestOf(names: TestTopology): Promise<number> {
    const bus = connectRabbitMq({
      url: broker.url,
      name: 'test',
      topology: names.topology,
      logger: silentLogger,
    });
    try {
      const first = Promise.withResolvers<number>();
      bus.follow(names.log, ({ event }) => {
        if (event) first.resolve(Number.parseInt(event.data.word, 10));
      });
      return await within(first.promise, { what: 'the log has a word' });
    } finally {
      await bus.close();
    }
  }
});
