import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { connectRabbitMq } from '@quotewire/bus';
import { createTestTopology, deleteTopology, eventually, silentLogger } from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithBroker } from './support/broker.ts';

/** Methods of AMQP 0.9.1 by class and number. */
const METHODS: Readonly<Record<string, string>> = {
  '20.40': 'channel.close',
  '60.20': 'basic.consume',
  '60.30': 'basic.cancel',
};

describeWithBroker('a bus that closes', (broker) => {
  it('cancels each of its consumers before their channel', async () => {
    const tap = await tapBroker(broker.url);
    const { topology, queue, log, wordSaid } = createTestTopology();
    onTestFinished(() => deleteTopology(broker.url, topology));
    const bus = connectRabbitMq({ url: tap.url, name: 'test', topology, logger: silentLogger });
    bus.consume(queue, async () => {});
    const follower = bus.follow(log, () => {});
    await follower.caughtUp;
    await bus.publish(wordSaid, { word: 'hello' });
    await eventually(() => bus.problems().length === 0, { what: 'the bus is ready' });
    await bus.close();
    const channels = tap.channels().filter(([first]) => first === 'basic.consume');
    // one for the jobs, one for the log, and one for its end
    expect(channels).toEqual(
      Array.from({ length: 3 }, () => ['basic.consume', 'basic.cancel', 'channel.close']),
    );
  });
});

/** Passes connections on to a broker; `channels` returns what was sent on each channel until it closed, as far as `METHODS` has it. */
async function tapBroker(brokerUrl: string) {
  const target = new URL(brokerUrl);
  const sent: Buffer[][] = [];
  const server = createServer((incoming) => {
    const chunks: Buffer[] = [];
    sent.push(chunks);
    const outgoing = connect(Number(target.port || 5672), target.hostname);
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('error', () => outgoing.destroy()).pipe(outgoing);
    outgoing.on('error', () => incoming.destroy()).pipe(incoming);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const url = new URL(brokerUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    channels: () => sent.flatMap((chunks) => methodsByChannel(Buffer.concat(chunks))),
  };
}

/** n.b. a frame: type, channel, size, content, end. The connection begins with 8 bytes of another form. */
function methodsByChannel(bytes: Buffer): string[][] {
  const open = new Map<number, string[]>();
  const all: string[][] = [];
  for (let at = 8; at + 11 <= bytes.length; at += 8 + bytes.readUInt32BE(at + 3)) {
    const isMethod = bytes[at] === 1;
    const name = METHODS[`${bytes.readUInt16BE(at + 7)}.${bytes.readUInt16BE(at + 9)}`];
    const channel = bytes.readUInt16BE(at + 1);
    if (!isMethod || name === undefined) continue;
    const methods = open.get(channel) ?? [];
    if (methods.push(name) === 1) all.push(methods);
    // n.b. the number of a closed channel is used again
    if (name === 'channel.close') open.delete(channel);
    else open.set(channel, methods);
  }
  return all;
}
