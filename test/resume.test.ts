import { startTcpProxy, type TcpProxy } from '@quotewire/testing';
import { beforeAll, expect, it } from 'vitest';
import { openStream } from './support/open-stream.ts';
import {
  cursorOf,
  describeWithQuoteStream,
  gapsOn,
  numbersOn,
  range,
  receives,
  startQuoteStream,
} from './support/quote-stream.ts';
import type { ListeningProcess } from './support/start-process.ts';

describeWithQuoteStream('a browser that reconnects', {}, (system) => {
  let replica: ListeningProcess;

  beforeAll(async () => {
    replica = await startQuoteStream({ AMQP_URL: system.amqpUrl, DRAIN_SECONDS: '0' });
    await system.publisher.publish(range(1, 50));
  });

  it('receives the quotes after its cursor from any replica', async () => {
    const first = await system.open('?limit=1000');
    await receives(first, 50);
    expect(numbersOn(first)).toEqual(range(1, 50));
    const { id = '' } = first.events[20] ?? {};
    const [seen] = numbersOn({ events: first.events.slice(20, 21) });
    for (const { url } of [system, replica]) {
      const stream = `${url}/quoteEvent`;
      const byHeader = await openStream(stream, { headers: { 'last-event-id': id } });
      const byQuery = await openStream(`${stream}?lastEventId=${id}`);
      await receives(byHeader, 50);
      await receives(byQuery, 50);
      expect(numbersOn(byHeader)).toEqual(range((seen ?? 0) + 1, 50));
      expect(numbersOn(byQuery)).toEqual(numbersOn(byHeader));
      expect([...gapsOn(byHeader), ...gapsOn(byQuery)]).toEqual([]);
    }
  });

  it('receives each quote once and in order, wherever its connection breaks', async () => {
    const link: TcpProxy = await startTcpProxy(system.url);
    const seen: number[] = [];
    const fresh = await system.open();
    let { id: cursor = '' } = await fresh.waitFor(({ id }) => id !== undefined, 'a cursor');
    for (let number = 51; number <= 200; number += 10) {
      await system.publisher.publish(range(number, number + 9));
      // breaks within the quotes, which are longer than the head of the response
      const cut = link.cutAfter(1_700 + ((number * 131) % 1_000));
      const stream = await openStream(`${link.url}quoteEvent`, {
        // uncompressed, since the link counts bytes
        headers: { 'last-event-id': cursor, 'accept-encoding': 'identity' },
      });
      await cut;
      await stream.waitForEnd();
      seen.push(...numbersOn(stream));
      expect(gapsOn(stream)).toEqual([]);
      cursor = cursorOf(stream) || cursor;
      await link.heal();
    }
    expect(seen.length).toBeGreaterThan(20);
    const last = await system.open('', { 'last-event-id': cursor });
    await system.publisher.publish([201]);
    await receives(last, 201);
    expect([...seen, ...numbersOn(last)]).toEqual(range(51, 201));
    await link.close();
  });
});
