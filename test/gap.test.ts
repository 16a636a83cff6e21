import { quotesLog } from '@quotewire/events';
import { connect } from 'amqplib';
import { expect, it } from 'vitest';
import {
  cursorOf,
  describeWithQuoteStream,
  gapsOn,
  numbersOn,
  range,
  receives,
} from './support/quote-stream.ts';

const CURSOR = /^\d+-[0-9a-f]{12}$/;

// holds a few hundred quotes
const env = { HISTORY_MAX_BYTES: '100000' };

describeWithQuoteStream('a browser that has missed quotes', env, (system) => {
  const { open } = system;
  let count = 0;
  const resume = (cursor: string) => open('', { 'last-event-id': cursor });

  it('receives one gap for an expired cursor, and then the whole history', async () => {
    const early = await open();
    await system.publisher.publish([1]);
    await receives(early, 1);
    const cursor = cursorOf(early);
    // published one by one, because a burst larger than twice the history would also disconnect a live subscriber
    for (let number = 2; number <= 1_000; number += 50) {
      await system.publisher.publish(range(number, Math.min(number + 49, 1_000)));
      await receives(early, Math.min(number + 49, 1_000));
    }
    const late = await resume(cursor);
    await receives(late, 1_000);
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
  ] as const)(
    'receives the gap %s for the cursor %s, and continues live',
    async ([reason, cursor, from]) => {
      const stream = await resume(cursor);
      const gap = await stream.waitFor(({ event }) => event === 'gap', 'the gap');
      count += 1;
      const number = 10_000 + count;
      await system.publisher.publish([number]);
      await receives(stream, number);
      expect(JSON.parse(gap.data ?? '')).toEqual({ from, to: gap.id, reason });
      expect(gapsOn(stream)).toHaveLength(1);
      expect(numbersOn(stream)).toEqual([number]);
    },
  );

  it('receives one gap after the log was deleted, whether it stayed connected or reconnects', async () => {
    const [one, other] = [await open(), await open()];
    await system.publisher.publish([2_001]);
    await receives(one, 2_001);
    await receives(other, 2_001);
    const cursor = cursorOf(one);
    const connection = await connect(system.amqpUrl);
    await (await connection.createChannel()).deleteQueue(quotesLog.name);
    await connection.close();
    for (const stream of [one, other]) {
      await stream.waitFor(({ event }) => event === 'gap', 'the gap of the deleted log');
    }
    // the new log has no entry at the cursor's offset yet
    const resumed = await resume(cursor);
    await resumed.waitFor(({ event }) => event === 'gap', 'the gap of the browser that reconnects');
    await system.publisher.publish([2_002]);
    for (const stream of [one, other, resumed]) {
      await receives(stream, 2_002);
      const reason = stream === resumed ? 'unknown' : 'other-log';
      expect(gapsOn(stream)).toMatchObject([{ from: cursor, reason }]);
    }
    expect(numbersOn(one)).toEqual([2_001, 2_002]);
    expect(numbersOn(resumed)).toEqual([2_002]);
  });
});
