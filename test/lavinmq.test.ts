import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Transform } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { openStream } from './support/open-stream.ts';
import { connectPublisher, numbersOn, receives, startQuoteStream } from './support/quote-stream.ts';
import type { ListeningProcess } from './support/start-process.ts';

const REFUSED = 'amqp_features_refused_total';

describeWithBroker('a broker that calls itself LavinMQ', (broker) => {
  let quoteStream: ListeningProcess;
  let namesake: string;

  beforeAll(async () => {
    namesake = await callLavinMq(broker.url);
    quoteStream = await startQuoteStream({ AMQP_URL: namesake, DRAIN_SECONDS: '0' });
  });
  afterAll(() => quoteStream?.terminate());

  it('is reported to have no quorum queues, once by each process', async () => {
    expect(quoteStream.output.split('the broker has no quorum queues')).toHaveLength(2);
    const metrics = await (await fetch(`${quoteStream.url}/metrics`)).text();
    expect(metrics).toContain(`${REFUSED}{feature="quorum-queues"} 1`);
    expect(metrics).toContain(`${REFUSED}{feature="streams"} 0`);
  });

  it('carries quotes by its streams', async () => {
    const publisher = connectPublisher(namesake);
    const stream = await openStream(`${quoteStream.url}/quoteEvent`);
    await publisher.publish([1, 2]);
    await receives(stream, 2);
    expect(numbersOn(stream)).toEqual([1, 2]);
    await publisher.close();
  });

  it('is not reported under its own name', async () => {
    const other = await startQuoteStream({ AMQP_URL: broker.url, DRAIN_SECONDS: '0' });
    expect(other.output).not.toContain('quorum queues');
    const metrics = await (await fetch(`${other.url}/metrics`)).text();
    expect(metrics).toContain(`${REFUSED}{feature="quorum-queues"} 0`);
    await other.terminate();
  });
});

const servers: ReturnType<typeof createServer>[] = [];

afterAll(() => {
  for (const server of servers) server.close();
});

/** Passes connections on to RabbitMQ and changes the name by which it greets; returns the URL. */
async function callLavinMq(brokerUrl: string): Promise<string> {
  const target = new URL(brokerUrl);
  const server = createServer((incoming) => {
    const outgoing = connect(Number(target.port || 5672), target.hostname);
    incoming.on('error', () => outgoing.destroy()).pipe(outgoing);
    outgoing.on('error', () => incoming.destroy());
    outgoing.pipe(renameProduct()).pipe(incoming);
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(brokerUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return url.href;
}

/**
 * Renames the product in the first frame, `connection.start`. n.b. the new name is a byte shorter, and
 * so are the frame and the table of the server's properties, whose sizes are 3 and 13 bytes from the start.
 */
function renameProduct(): Transform {
  let isFirst = true;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (!isFirst) return done(null, chunk);
      isFirst = false;
      const from = named('RabbitMQ');
      const at = chunk.indexOf(from);
      const shorter = Buffer.concat([
        chunk.subarray(0, at),
        named('LavinMQ'),
        chunk.subarray(at + from.length),
      ]);
      for (const size of [3, 13]) shorter.writeUInt32BE(chunk.readUInt32BE(size) - 1, size);
      return done(null, shorter);
    },
  });
}

/** The field `product` of the server's properties. */
function named(product: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(product.length);
  return Buffer.concat([Buffer.from('\u0007productS'), length, Buffer.from(product)]);
}
