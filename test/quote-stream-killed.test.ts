import { createLogger } from '@quotewire/service';
import { connectRabbitMq, type RabbitMqBus } from '@quotewire/bus';
import { type Quote, quoteScraped, topologyOf } from '@quotewire/events';
import { eventually } from '@quotewire/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { openStream, type StreamClient } from './support/open-stream.ts';
import { quoteOf } from './support/quotes.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

const numbersOf = (stream: StreamClient) =>
  stream.events
    .filter(({ event }) => event === 'newQuote')
    .map(({ data = '' }) => Number((JSON.parse(data) as Quote).text.split(' ')[1]));

describeWithBroker('quote-stream, killed', (broker) => {
  let bus: RabbitMqBus;
  let quoteStream: ListeningProcess;

  const start = async () => {
    quoteStream = await startProcess('quote-stream', { env: { AMQP_URL: broker.url } });
    await eventually(async () => (await fetch(`${quoteStream.url}/readyz`)).ok, {
      what: 'quote-stream is ready',
    });
  };
  const resume = (cursor: string) =>
    openStream(`${quoteStream.url}/quoteEvent`, { headers: { 'last-event-id': cursor } });
  const publish = async (...numbers: number[]) => {
    for (const number of numbers) await bus.publish(quoteScraped, quoteOf(`quote ${number}`));
  };

  beforeAll(async () => {
    bus = connectRabbitMq({
      url: broker.url,
      name: 'test',
      topology: topologyOf(),
      logger: createLogger({ name: 'test', level: 'silent' }),
    });
    await start();
  });
  afterAll(() => bus?.close());

  it('replays exactly the missed quotes after a reconnect', async () => {
    const before = await openStream(`${quoteStream.url}/quoteEvent`);
    await publish(1, 2, 3);
    const last = await before.waitFor(({ data = '' }) => data.includes('quote 3'), 'quote 3');
    await quoteStream.kill9();
    await before.waitForEnd();
    await publish(4, 5);
    await start();
    const after = await resume(last.id ?? '');
    await publish(6);
    await after.waitFor(({ data = '' }) => data.includes('quote 6'), 'quote 6');
    expect(numbersOf(before)).toEqual([1, 2, 3]);
    expect(numbersOf(after)).toEqual([4, 5, 6]);
    expect(after.events.some(({ event }) => event === 'gap')).toBe(false);
    await after.close();
  });

  it('resumes a browser that was disconnected before its first event', async () => {
    const before = await openStream(`${quoteStream.url}/quoteEvent`);
    const { id = '' } = await before.waitFor(
      (frame) => frame.id !== undefined,
      'a cursor at the beginning',
    );
    await before.close();
    await quoteStream.kill9();
    await publish(7);
    await start();
    const after = await resume(id);
    await after.waitFor(({ data = '' }) => data.includes('quote 7'), 'quote 7');
    expect(numbersOf(after)).toEqual([7]);
    await after.close();
  });

  it('sends a quote once although the log repeats it', async () => {
    await publish(1, 8);
    const all = await openStream(`${quoteStream.url}/quoteEvent?limit=1000`);
    await all.waitFor(({ data = '' }) => data.includes('quote 8'), 'quote 8');
    expect(numbersOf(all)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await all.close();
  });

  it('ends its streams and exits on SIGTERM', async () => {
    const stream = await openStream(`${quoteStream.url}/quoteEvent`);
    expect(await quoteStream.terminate()).toBe(0);
    await stream.waitForEnd();
  });
});
