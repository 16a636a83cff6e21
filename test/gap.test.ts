import { quotesLog } from '@quotewire/events';
import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { openStream, type StreamClient } from './support/open-stream.ts';
import {
  brings,
  connectPublisher,
  gapsOn,
  numbersOn,
  type Publisher,
  range,
  startQuoteStream,
} from './support/quote-stream.ts';
import type { ListeningProcess } from './support/start-process.ts';

const CURSOR = /^\d+-[0-9a-f]{12}$/;

describeWithBroker('a browser that missed something', (broker) => {
  let publisher: Publisher;
  let quoteStream: ListeningProcess;
  const opened: StreamClient[] = [];

  const open = async (cursor?: string) => {
    const headers: Record<string, string> = cursor === undefined ? {} : { 'last-event-id': cursor };
    const stream = await openStream(`${quoteStream.url}/quoteEvent`, { headers });
    opened.push(stream);
    return stream;
  };

  beforeAll(async () => {
    // holds a few hundred quotes
    const env = { AMQP_URL: broker.url, DRAIN_SECONDS: '0', HISTORY_MAX_BYTES: '100000' };
    quoteStream = await startQuoteStream(env);
    publisher = connectPublisher(broker.url);
  });
  afterAll(async () => {
    for (const stream of opened) await stream.close();
    await publisher?.close();
  });

  it('is told so once when its cursor is older than what is held, and gets all that is', async () => {
    const early = await open();
    await publisher.publish([1]);
    await brings(early, 1);
    const { id: cursor = '' } = early.events.at(-1) ?? {};
    // n.b. a burst of more than the history may hold would be too fast even for who keeps up
    for (let number = 2; number <= 1_000; number += 50) {
      await publisher.publish(range(number, Math.min(number + 49, 1_000)));
      await brings(early, Math.min(number + 49, 1_000));
    }
    const late = await open(cursor);
    await brings(late, 1_000);
    const gap = { from: cursor, to: expect.stringMatching(CURSOR), reason: 'expired' };
    expect(gapsOn(late)).toEqual([{ id: expect.stringMatching(CURSOR), ...gap }]);
    expect(late.events.findIndex(({ event }) => event === 'gap')).toBeLessThanOrEqual(1);
    const [oldest = 0] = numbersOn(late);
    expect(oldest).toBeGreaterThan(2);
    expect(numbersOn(late)).toEqual(range(oldest, 1_000));
  });

  it.for([
    ['malformed', 'nonsense', null],
    ['malformed', `1-${'a'.repeat(200)}`, null],
    ['other-log', '1000-bbbbbbbbbbbb', '1000-bbbbbbbbbbbb'],
    ['unknown', '999999999-bbbbbbbbbbbb', '999999999-bbbbbbbbbbbb'],
  ] as const)('is told %s for the cursor %s, and goes on live', async ([reason, cursor, from]) => {
    const stream = await open(cursor);
    const gap = await stream.waitFor(({ event }) => event === 'gap', 'the gap');
    const number = 10_000 + opened.length;
    await publisher.publish([number]);
    await brings(stream, number);
    expect(JSON.parse(gap.data ?? '')).toEqual({ from, to: gap.id, reason });
    expect(gapsOn(stream)).toHaveLength(1);
    expect(numbersOn(stream)).toEqual([number]);
  });

  it('is told once when the log was deleted, whether it was there or comes back', async () => {
    const [one, other] = [await open(), await open()];
    await publisher.publish([2_001]);
    await brings(one, 2_001);
    await brings(other, 2_001);
    const { id: cursor = '' } = one.events.at(-1) ?? {};
    const connection = await connect(broker.url);
    await (await connection.createChannel()).deleteQueue(quotesLog.name);
    await connection.close();
    for (const stream of [one, other]) {
      await stream.waitFor(({ event }) => event === 'gap', 'the gap of the deleted log');
    }
    // the new log isn't as long yet as the old one was
    const resumed = await open(cursor);
    await resumed.waitFor(({ event }) => event === 'gap', 'the gap of who comes back');
    await publisher.publish([2_002]);
    for (const stream of [one, other, resumed]) {
      await brings(stream, 2_002);
      const reason = stream === resumed ? 'unknown' : 'other-log';
      expect(gapsOn(stream)).toMatchObject([{ from: cursor, reason }]);
    }
    expect(numbersOn(one)).toEqual([2_001, 2_002]);
    expect(numbersOn(resumed)).toEqual([2_002]);
  });
});
