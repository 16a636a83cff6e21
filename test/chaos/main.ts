// Runs the services and the bus under faults: npm run chaos -- --help
import { numberIn, readCommandLine, wholeNumberIn } from '@quotewire/terminal';
import { startFaultyBroker } from '../support/faulty-broker.ts';
import { hasFailed } from './check.ts';
import { runChaos } from './run-chaos.ts';

const { seconds, seed, image } = readCommandLine(
  {
    command: 'npm run chaos --',
    summary:
      'Puts the services and the bus under every kind of fault, and counts what is lost, doubled or out of order.',
    options: {
      seconds: {
        type: 'string',
        value: '<seconds>',
        default: '60',
        description: 'how long faults happen',
      },
      seed: {
        type: 'string',
        value: '<number>',
        default: String(Date.now() % 1_000_000),
        defaultText: 'a random one',
        description: 'decides which fault happens when',
      },
      image: {
        type: 'string',
        value: '<image>',
        defaultText: 'a private node of the installed RabbitMQ',
        description: 'runs the broker in a container of this image',
      },
    },
    examples: [
      'npm run chaos -- --seconds 60 --seed 1',
      'npm run chaos -- --image rabbitmq:4-management',
    ],
  },
  ({ values }) => ({
    seconds: numberIn('--seconds', values.seconds, { min: 1 }),
    seed: wholeNumberIn('--seed', values.seed, { min: 0 }),
    image: values.image,
  }),
);

const broker = await startFaultyBroker(image);
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
