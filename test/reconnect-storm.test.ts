import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually, freePorts } from '@quotewire/testing';
import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { connectPublisher, numbersOn, range, startQuoteStream } from './support/quote-stream.ts';
import type { Publisher } from './support/quote-stream.ts';
import type { ListeningProcess } from './support/start-process.ts';

const CLIENTS = 1_000;
const MISSED = 100;

/** A minimal browser: it keeps its cursor, and reconnects with it. */
class Client {
  readonly events: { id?: string | undefined; event?: string | undefined; data: string }[] = [];
  #cursor = '';
  #socket: Socket | undefined;

  /** Whether the stream has begun. */
  get isSubscribed(): boolean {
    return this.#cursor !== '';
  }

  async connect(port: number): Promise<void> {
    const parser = createParser({
      onId: (id) => (this.#cursor = id),
      onEvent: (event) => this.events.push(event),
    });
    const socket = connect(port, '127.0.0.1').setEncoding('latin1');
    this.#socket = socket;
    // lines of the chunked encoding are unknown fields, which are ignored
    socket.on('data', (text) => parser.feed(String(text).replaceAll(/\r\n[0-9a-f]+\r\n/g, '')));
    socket.on('error', () => {});
    await once(socket, 'connect');
    const cursor = this.#cursor === '' ? '' : `last-event-id: ${this.#cursor}\r\n`;
    socket.write(`GET /quoteEvent HTTP/1.1\r\nhost: x\r\n${cursor}\r\n`);
  }

  get isCut(): boolean {
    return this.#socket?.destroyed ?? true;
  }

  close(): void {
    this.#socket?.destroy();
  }
}

describeWithBroker('a thousand browsers that are disconnected at once', (broker) => {
  let publisher: Publisher;
  let quoteStream: ListeningProcess;
  let port: number;
  const clients = Array.from({ length: CLIENTS }, () => new Client());

  const start = () =>
    startQuoteStream({
      AMQP_URL: broker.url,
      DRAIN_SECONDS: '0',
      PORT: String(port),
      SSE_MAX_PER_ADDRESS: String(CLIENTS),
    });

  beforeAll(async () => {
    [port = 0] = await freePorts(1);
    quoteStream = await start();
    publisher = connectPublisher(broker.url);
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await publisher?.close();
  });

  it('all resume with exactly the quotes that they missed', async () => {
    await Promise.all(clients.map((client) => client.connect(port)));
    await eventually(() => clients.every(({ isSubscribed }) => isSubscribed), {
      what: 'all are subscribed',
    });
    await publisher.publish([1]);
    await eventually(() => clients.every((client) => numbersOn(client).includes(1)), {
      what: 'all have the first quote',
    });
    await quoteStream.kill9();
    await eventually(() => clients.every(({ isCut }) => isCut), { what: 'all are disconnected' });
    await publisher.publish(range(2, MISSED + 1));
    quoteStream = await start();
    await Promise.all(clients.map((client) => client.connect(port)));
    await publisher.publish([MISSED + 2]);
    await eventually(() => clients.every((client) => numbersOn(client).includes(MISSED + 2)), {
      what: 'all have the last quote',
      timeoutMs: 30_000,
    });
    const expected = range(1, MISSED + 2);
    for (const client of clients) expect(numbersOn(client)).toEqual(expected);
  });
});
