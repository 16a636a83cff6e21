// Runs the services through a month in minutes: npm run soak -- --help
import { numberIn, readCommandLine, wholeNumberIn } from '@quotewire/terminal';
import { printVerdict } from './print-verdict.ts';
import { runSoak } from './run-soak.ts';
import { startFaultyBroker } from '../support/faulty-broker.ts';
import { verdictOf } from './verdict.ts';

const { image, days, seed, daySeconds, sources, ticksPerDay } = readCommandLine(
  {
    command: 'npm run soak --',
    summary: 'Runs all services through a month in minutes, and counts what must be 0.',
    options: {
      days: { type: 'string', value: '<number>', default: '30', description: 'days to run' },
      'day-seconds': {
        type: 'string',
        value: '<seconds>',
        default: '40',
        description: 'length of a day',
      },
      'ticks-per-day': {
        type: 'string',
        value: '<number>',
        default: '24',
        description: 'how often a source is due each day',
      },
      sources: {
        type: 'string',
        value: '<number>',
        default: '100',
        description: 'number of sites, one for each source',
      },
      seed: {
        type: 'string',
        value: '<number>',
        default: String(Date.now() % 1_000_000),
        defaultText: 'a random one',
        description: 'decides which process restarts when, and the order of the incidents',
      },
      image: {
        type: 'string',
        value: '<image>',
        defaultText: 'a private node of the installed RabbitMQ',
        description: 'runs the broker in a container of this image',
      },
    },
    examples: [
      'npm run soak -- --days 30 --seed 1',
      'npm run soak -- --days 30 --seed 1 --image rabbitmq:4-management',
    ],
  },
  ({ values }) => ({
    image: values.image,
    days: wholeNumberIn('--days', values.days, { min: 1 }),
    seed: wholeNumberIn('--seed', values.seed, { min: 0 }),
    daySeconds: numberIn('--day-seconds', values['day-seconds'], { min: 1 }),
    sources: wholeNumberIn('--sources', values.sources, { min: 1 }),
    ticksPerDay: wholeNumberIn('--ticks-per-day', values['ticks-per-day'], { min: 1 }),
  }),
);

const broker = await startFaultyBroker(image);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // the services are children, which exit with this process
    void broker.stop().finally(() => process.exit(1));
  });
}
try {
  console.log(`${broker.version}, ${days} days of ${daySeconds} s, seed ${seed}`);
  const startedAt = Date.now();
  const onProgress = (line: string) =>
    console.log(`${String(Math.round((Date.now() - startedAt) / 1_000)).padStart(5)} s  ${line}`);
  const options = { broker, days, seed, daySeconds, sources, ticksPerDay, onProgress };
  const verdict = verdictOf(await runSoak(options));
  console.log(`\n${printVerdict(verdict)}`);
  process.exitCode = verdict.isClean ? 0 : 1;
} finally {
  await broker.stop();
}
