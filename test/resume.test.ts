import { startTcpProxy, type TcpProxy } from '@quotewire/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { openStream, type StreamClient } from './support/open-stream.ts';
import {
  receives,
  connectPublisher,
  gapsOn,
  numbersOn,
  type Publisher,
  range,
  startQuoteStream,
} from './support/quote-stream.ts';
import type { ListeningProcess } from './support/start-process.ts';

describeWithBroker('a browser that reconnects', (broker) => {
  let publisher: Publisher;
  let replicas: ListeningProcess[];
  const opened: StreamClient[] = [];

  const open = async (
    query: string,
    { at = 0, headers = {} }: { at?: number; headers?: Record<string, string> } = {},
  ) => {
    const stream = await openStream(`${replicas[at]?.url}/quoteEvent${query}`, { headers });
    opened.push(stream);
    return stream;
  };
  const lastId = ({ events }: StreamClient) =>
    events.findLast(({ id }) => id !== undefined)?.id ?? '';

  beforeAll(async () => {
    const env = { AMQP_URL: broker.url, DRAIN_SECONDS: '0' };
    replicas = await Promise.all([startQuoteStream(env), startQuoteStream(env)]);
    publisher = connectPublisher(broker.url);
    await publisher.publish(range(1, 50));
  });
  afterAll(async () => {
    for (const stream of opened) await stream.close();
    await publisher?.close();
  });

  it('receives the quotes after its cursor from any replica', async () => {
    const first = await open('?limit=1000');
    await receives(first, 50);
    expect(numbersOn(first)).toEqual(range(1, 50));
    const { id = '' } = first.events[20] ?? {};
    const [seen] = numbersOn({ events: first.events.slice(20, 21) });
    for (const at of [0, 1]) {
      const byHeader = await open('', { at, headers: { 'last-event-id': id } });
      const byQuery = await open(`?lastEventId=${id}`, { at });
      await receives(byHeader, 50);
      await receives(byQuery, 50);
      expect(numbersOn(byHeader)).toEqual(range((seen ?? 0) + 1, 50));
      expect(numbersOn(byQuery)).toEqual(numbersOn(byHeader));
      expect([...gapsOn(byHeader), ...gapsOn(byQuery)]).toEqual([]);
    }
  });

  it('receives each quote once and in order, wherever its connection breaks', async () => {
    const link: TcpProxy = await startTcpProxy(replicas[0]?.url ?? '');
    const seen: number[] = [];
    const fresh = await open('');
    let { id: cursor = '' } = await fresh.waitFor(({ id }) => id !== undefined, 'a cursor');
    for (let number = 51; number <= 200; number += 10) {
      await publisher.publish(range(number, number + 9));
      // breaks within the quotes, which are longer than the head of the response
      const cut = link.cutAfter(1_700 + ((number * 131) % 2_000));
      const stream = await openStream(`${link.url}quoteEvent`, {
        headers: { 'last-event-id': cursor },
      });
      await cut;
      await stream.waitForEnd();
      seen.push(...numbersOn(stream));
      expect(gapsOn(stream)).toEqual([]);
      cursor = lastId(stream) || cursor;
      await link.heal();
    }
    expect(seen.length).toBeGreaterThan(20);
    const last = await open('', { headers: { 'last-event-id': cursor } });
    await publisher.publish([201]);
    await receives(last, 201);
    expect([...seen, ...numbersOn(last)]).toEqual(range(51, 201));
    await link.close();
  });
});
