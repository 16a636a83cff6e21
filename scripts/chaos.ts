// The bus under faults: npm run chaos -- --seconds 60 --seed 1 [--image rabbitmq:4-management]
import { parseArgs } from 'node:util';
import { startChaosContainer, startChaosNode } from '../test/chaos/chaos-broker.ts';
import { runChaos } from '../test/chaos/run-chaos.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    image: { type: 'string' },
  },
});
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
if (!(seconds > 0) || !Number.isSafeInteger(seed)) {
  console.error(
    'Usage: npm run chaos -- --seconds <number> --seed <whole number> [--image <image>]',
  );
  process.exit(2);
}

const broker =
  values.image === undefined ? await startChaosNode() : await startChaosContainer(values.image);
try {
  console.log(`${broker.version}, ${seconds} s, seed ${seed}`);
  const startedAt = Date.now();
  const onFault = (name: string) =>
    console.log(`${String(Math.round((Date.now() - startedAt) / 1_000)).padStart(5)} s  ${name}`);
  const { faults, ...counts } = await runChaos({ broker, seconds, seed, onFault });
  console.table(faults);
  console.table(counts);
  const { confirmedButNeverDelivered, outOfOrder, gaps, jobsWithoutResult } = counts;
  process.exitCode =
    confirmedButNeverDelivered + outOfOrder + gaps + jobsWithoutResult === 0 ? 0 : 1;
} finally {
  await broker.stop();
}
