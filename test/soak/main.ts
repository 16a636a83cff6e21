// A month in minutes: npm run soak -- --days 30 --seed 1 [--image rabbitmq:4-management] [--day-seconds 40]
import { parseArgs } from 'node:util';
import { printVerdict } from './print-verdict.ts';
import { runSoak } from './run-soak.ts';
import { startSoakBroker } from './soak-broker.ts';
import { judge } from './verdict.ts';

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    image: { type: 'string' },
    'day-seconds': { type: 'string', default: '40' },
    sources: { type: 'string', default: '100' },
    'ticks-per-day': { type: 'string', default: '24' },
  },
});
const [days, seed] = [Number(values.days), Number(values.seed)];
const daySeconds = Number(values['day-seconds']);
const [sources, ticksPerDay] = [Number(values.sources), Number(values['ticks-per-day'])];
const isWhole = [days, seed, sources, ticksPerDay].every((number) => Number.isSafeInteger(number));
if (!isWhole || days < 1 || sources < 1 || ticksPerDay < 1 || !(daySeconds >= 1)) {
  console.error(
    'Usage: npm run soak -- [--days 30] [--seed <whole number>] [--image <image>] [--day-seconds 40] [--sources 100] [--ticks-per-day 24]',
  );
  process.exit(2);
}

const broker = await startSoakBroker(values.image);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // n.b. what else runs is a child that the end of this process ends
    void broker.stop().finally(() => process.exit(1));
  });
}
try {
  console.log(`${broker.version}, ${days} days of ${daySeconds} s, seed ${seed}`);
  const startedAt = Date.now();
  const onNews = (news: string) =>
    console.log(`${String(Math.round((Date.now() - startedAt) / 1_000)).padStart(5)} s  ${news}`);
  const options = { broker, days, seed, daySeconds, sources, ticksPerDay, onNews };
  const verdict = judge(await runSoak(options));
  console.log(`\n${printVerdict(verdict)}`);
  process.exitCode = verdict.isClean ? 0 : 1;
} finally {
  await broker.stop();
}
