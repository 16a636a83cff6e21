import { type Spread, spreadOf } from '../figures.ts';
import { Stage } from '../scale/stage.ts';

const WORKERS = [1, 2] as const;
const WARM_UP_EVENTS = 30;
const ARRIVAL_DEADLINE_MS = 30_000;

/** The cost of delivery with a number of workers. */
export interface WorkersFigures {
  readonly workers: number;
  readonly subscribers: number;
  /** Events received, over all subscribers, for each second of CPU time of all server processes. */
  readonly deliveriesPerCpuSecond: Spread;
  /** What as many cores as workers deliver, as a multiple of what one core delivers with one. */
  readonly gain: Spread;
}

/**
 * Measures what a second of CPU time delivers, with one worker and with two, in turn. The load takes
 * cores of the same machine, so that the time by the clock would tell about the load: what two cores
 * deliver is computed from the CPU time.
 */
export async function measureWorkers({
  subscribers,
  events,
  rounds,
  onProgress,
}: {
  subscribers: number;
  events: number;
  rounds: number;
  onProgress: (line: string) => void;
}): Promise<WorkersFigures[]> {
  const rates = new Map(WORKERS.map((workers) => [workers, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const workers of round % 2 === 0 ? WORKERS : WORKERS.toReversed()) {
      const rate = await Stage.run({ subscribers, workers, loadProcesses: 1 }, async (stage) => {
        await stage.join();
        await publishOneByOne(stage, WARM_UP_EVENTS);
        const before = stage.cpuSeconds();
        await publishOneByOne(stage, events);
        const cpuSeconds = stage.cpuSeconds() - before;
        await stage.assertExact();
        return (events * subscribers) / cpuSeconds;
      });
      onProgress(`round ${round + 1}, ${workers} workers: ${rate.toFixed(0)} a CPU second`);
      rates.get(workers)?.push(rate);
    }
  }
  const alone = rates.get(1) ?? [];
  return [...rates].map(([workers, own]) => ({
    workers,
    subscribers,
    deliveriesPerCpuSecond: spreadOf(own),
    gain: spreadOf(own.map((rate, round) => (workers * rate) / (alone[round] ?? Number.NaN))),
  }));
}

/** So that each event is a write of its own. */
async function publishOneByOne(stage: Stage, events: number): Promise<void> {
  for (let count = 0; count < events; count += 1) {
    await stage.publishToAll({ timeoutMs: ARRIVAL_DEADLINE_MS });
  }
}
