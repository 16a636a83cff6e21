import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { eventually } from './support/eventually.ts';
import { openStream, type StreamClient } from './support/open-stream.ts';
import {
  brings,
  connectPublisher,
  numbersOn,
  type Publisher,
  startQuoteStream,
} from './support/quote-stream.ts';
import type { ListeningProcess } from './support/start-process.ts';

const STREAMS = 40;

describeWithBroker('a quote-stream that is told to end', (broker) => {
  let publisher: Publisher;
  let quoteStream: ListeningProcess;
  const streams: StreamClient[] = [];

  beforeAll(async () => {
    quoteStream = await startQuoteStream({ AMQP_URL: broker.url, DRAIN_SECONDS: '2' });
    publisher = connectPublisher(broker.url);
  });
  afterAll(() => publisher?.close());

  it('brings what is new as long as a stream is open, takes no new ones, and ends when the last has', async () => {
    const url = `${quoteStream.url}/quoteEvent`;
    for (let index = 0; index < STREAMS; index += 1) {
      streams.push(await openStream(url, { headers: { connection: 'close' } }));
    }
    const ended = streams.map(async (stream) => stream.waitForEnd());
    let open = STREAMS;
    for (const end of ended) void end.then(() => (open -= 1));
    const exitCode = quoteStream.terminate();
    await eventually(async () => (await fetch(`${quoteStream.url}/readyz`)).status === 503, {
      what: 'it says that it is not ready',
    });
    const late = await openStream(url);
    await late.waitForEnd();
    expect(late.status).toBe(200);
    expect(late.retryMs).toBeGreaterThan(0);

    await Promise.any(ended);
    expect(open).toBeGreaterThan(0);
    await publisher.publish([1]);
    await Promise.all(ended);
    expect(await exitCode).toBe(0);
    // the last to be ended were open for long enough
    expect(streams.some((stream) => numbersOn(stream).includes(1))).toBe(true);
  });

  it('leaves each browser a cursor to come back with', async () => {
    quoteStream = await startQuoteStream({ AMQP_URL: broker.url, DRAIN_SECONDS: '0' });
    await publisher.publish([2]);
    for (const { events } of streams) {
      const cursor = events.findLast(({ id }) => id !== undefined)?.id ?? '';
      const stream = await openStream(`${quoteStream.url}/quoteEvent`, {
        headers: { 'last-event-id': cursor },
      });
      await brings(stream, 2);
      const all = [...numbersOn({ events }), ...numbersOn(stream)];
      expect(all).toEqual([1, 2]);
      await stream.close();
    }
  });
});
