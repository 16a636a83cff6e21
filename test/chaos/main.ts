// The services and the bus under faults: npm run chaos -- --seconds 60 --seed 1 [--image rabbitmq:4-management]
import { parseArgs } from 'node:util';
import { startChaosContainer, startChaosNode } from './chaos-broker.ts';
import { hasFailed } from './check.ts';
import { runChaos } from './run-chaos.ts';

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
  const startedAt = performance.now();
  const onFault = (name: string) => {
    const second = Math.round((performance.now() - startedAt) / 1_000);
    console.log(`${String(second).padStart(5)} s  ${name}`);
  };
  const report = await runChaos({ broker, seconds, seed, onFault });
  for (const detail of report.details) console.log(detail);
  for (const part of ['faults', 'work', 'costs', 'failures'] as const) {
    console.log(`\n${part}`);
    console.table(report[part]);
  }
  process.exitCode = hasFailed(report) ? 1 : 0;
} finally {
  await broker.stop();
}
