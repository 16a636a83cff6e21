import { connectRabbitMq } from '@quotewire/bus';
import { createTestTopology, eventually, silentLogger, startTcpProxy } from '@quotewire/testing';

/** Repeats one thing on one bus and prints, as JSON, by how many bytes the heap grew in each batch but the first. */
const [what = 'locks', size = '0'] = process.argv.slice(2);
const BATCHES = 4;

const link = await startTcpProxy(process.env.AMQP_URL ?? '');
const { topology, log, lockName } = createTestTopology();
const bus = connectRabbitMq({
  url: link.url,
  name: 'test',
  topology,
  logger: silentLogger,
  clock: { now: () => performance.now(), wait: async () => {} },
});
await bus.firstConnected;

async function lockAndRelease(index: number): Promise<void> {
  const lock = await bus.tryLock(`${lockName}.${index % 10}`);
  if (lock === undefined) throw new Error('the lock is taken');
  await lock.release();
  await lock.lost;
}

async function reconnect(): Promise<void> {
  await link.cut();
  await eventually(() => bus.problems().length >= 3, { what: 'the bus notices the cut' });
  await link.heal();
  await eventually(() => bus.problems().length === 0, { what: 'the bus is connected again' });
}

async function runBatch(): Promise<number> {
  if (what === 'locks') {
    for (let index = 0; index < Number(size); index += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, lane) => lockAndRelease(lane)));
    }
  } else {
    for (let index = 0; index < Number(size); index += 1) await reconnect();
  }
  return heapUsed();
}

/** n.b. what a collection frees may keep something else alive until the next one. */
function heapUsed(): number {
  for (let round = 0; round < 4; round += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

if (what === 'reconnects') await bus.follow(log, () => {}).caughtUp;
const sizes: number[] = [];
for (let batch = 0; batch < BATCHES; batch += 1) sizes.push(await runBatch());
const growths = sizes.slice(1).map((bytes, index) => bytes - (sizes[index] ?? 0));
process.stdout.write(`${JSON.stringify(growths)}\n`);
await bus.close();
await link.close();
