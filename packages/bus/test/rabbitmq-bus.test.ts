import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { eventually, within } from '../../../test/support/eventually.ts';
import { connectRabbitMq } from '../src/rabbitmq/rabbitmq-bus.ts';
import { silentLogger } from './silent-logger.ts';
import { createTestTopology } from './test-topology.ts';

/** An address where nobody listens. */
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

it('rejects the first attempt when there is no broker', async () => {
  const { bus } = await connectToNobody();
  await expect(bus.firstConnected).rejects.toThrow('ECONNREFUSED');
  await bus.close();
});

it('says why it has no connection, whether or not anyone waits for the first attempt', async () => {
  const { bus } = await connectToNobody();
  const problems = await eventually(() => /ECONNREFUSED/.exec(bus.problems().join('; '))?.input, {
    what: 'the bus tells that nobody listens',
  });
  expect(problems).toContain('publishing: ');
  await bus.close();
});

it('gives up, when it closes, what waits for a broker that never came', async () => {
  const { bus, log, queue, wordSaid } = await connectToNobody();
  bus.consume(queue, async () => {});
  const { caughtUp } = bus.follow(log, () => {});
  const publishing = bus.publish(wordSaid, { word: 'unheard' });
  publishing.catch(() => {});
  await within(bus.close(), { what: 'the bus closes', timeoutMs: 10_000 });
  await expect(publishing).rejects.toMatchObject({ code: 'UNCONFIRMED' });
  await expect(caughtUp).rejects.toMatchObject({ code: 'CLOSED' });
}, 15_000);
