import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createTestTopology, eventually, silentLogger, within } from '@quotewire/testing';
import { expect, it } from 'vitest';
import { connectRabbitMq } from '../src/rabbitmq/rabbitmq-bus.ts';

/** An address without a listener. */
async function nobodysUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return `amqp://127.0.0.1:${port}`;
}

async function connectToNobody() {
  const names = createTestTopology();
  const { topology } = names;
  const url = await nobodysUrl();
  return { ...names, bus: connectRabbitMq({ url, name: 'test', topology, logger: silentLogger }) };
}

it('rejects the first attempt without a broker', async () => {
  const { bus } = await connectToNobody();
  await expect(bus.firstConnected).rejects.toThrow('ECONNREFUSED');
  await bus.close();
});

it('reports the reason of a failed connection, even when nothing observes the first attempt', async () => {
  const { bus } = await connectToNobody();
  const problems = await eventually(() => /ECONNREFUSED/.exec(bus.problems().join('; '))?.input, {
    what: 'the bus reports the refused connection',
  });
  expect(problems).toContain('publishing: ');
  await bus.close();
});

it('rejects the waiting events on close when the broker never appears', async () => {
  const { bus, log, queue, wordSaid } = await connectToNobody();
  bus.consume(queue, async () => {});
  const { caughtUp } = bus.follow(log, () => {});
  const publishing = bus.publish(wordSaid, { word: 'unheard' });
  publishing.catch(() => {});
  await within(bus.close(), { what: 'the bus closes', timeoutMs: 10_000 });
  await expect(publishing).rejects.toMatchObject({ code: 'UNCONFIRMED' });
  await expect(caughtUp).rejects.toMatchObject({ code: 'CLOSED' });
});
