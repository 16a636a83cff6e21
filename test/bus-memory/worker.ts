import { queryObjects } from 'node:v8';
import { connectRabbitMq } from '@quotewire/bus';
import { createTestTopology, eventually, silentLogger, startTcpProxy } from '@quotewire/testing';

/** Repeats one thing on one bus and prints, as JSON, how many objects there were after each batch. */
const [what = 'locks', size = '0'] = process.argv.slice(2);
const BATCHES = 8;

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
  await eventually(() => bus.problems().length >= 3, { what: 'the bus notices the lost link' });
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
  return liveObjects();
}

/**
 * How many objects of any class can be reached, functions and promises with them.
 * Bytes of the heap also count what the engine learns about code, which grows by its own rules.
 */
function liveObjects(): number {
  return queryObjects(Object, { format: 'count' });
}

if (what === 'reconnects') await bus.follow(log, () => {}).caughtUp;
const counts: number[] = [];
for (let batch = 0; batch < BATCHES; batch += 1) counts.push(await runBatch());
process.stdout.write(`${JSON.stringify(counts)}\n`);
await bus.close();
await link.close();
