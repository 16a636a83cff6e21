import type { ContenderName } from '../contender.ts';
import { type Spread, spreadOf } from '../figures.ts';
import { measureSlice, type Slice } from '../slice.ts';
import { setStage, type Stage } from '../stage.ts';

/** Before the first round, so that every server's code is compiled. */
const WARM_UP_SECONDS = 0.5;

export interface FanOutOptions {
  /** Those that are measured; the first is what the others are compared with. */
  names: readonly ContenderName[];
  subscribers: number;
  /** How many publishers are at work at once; each is measured in turn. */
  publisherCounts: readonly number[];
  rounds: number;
  /** How long each publishes in each round. */
  seconds: number;
  /** Count what arrives event by event, which slows the client down. Default false. */
  countsEach?: boolean;
  onProgress?: (line: string) => void;
}

/** How fast one server fans out. */
export interface FanOutFigures {
  readonly name: ContenderName;
  readonly publishers: number;
  readonly subscribers: number;
  readonly slices: readonly Slice[];
  readonly deliveriesPerSecond: Spread;
  readonly cpuSecondsPerMillion: Spread;
  /** The first one's deliveries a second by this one's, round by round. */
  readonly ratio: Spread;
}

/** Measures all side by side: all servers stay with their subscribers, and the load goes from one to the next. */
export async function measureFanOut(options: FanOutOptions): Promise<FanOutFigures[]> {
  const { names, subscribers, publisherCounts, onProgress = () => {} } = options;
  const keepsAll = options.countsEach ?? false;
  const stages: Stage[] = [];
  for (const name of names) {
    stages.push(await setStage(name, { subscribers, keepsAll }));
    onProgress(`${name}: ${subscribers} subscribers, each event once and in order`);
  }
  const figures: FanOutFigures[] = [];
  for (const publishers of publisherCounts) {
    onProgress(`${publishers} publishers`);
    figures.push(...(await measureRounds(stages, publishers, options)));
  }
  for (const { crowd, server } of stages) {
    crowd.close();
    await server.stop();
  }
  return figures;
}

async function measureRounds(
  stages: readonly Stage[],
  publishers: number,
  { rounds, seconds, subscribers }: FanOutOptions,
): Promise<FanOutFigures[]> {
  const slices = new Map(stages.map((stage) => [stage, [] as Slice[]]));
  for (const stage of stages) await measureSlice(stage, { publishers, seconds: WARM_UP_SECONDS });
  for (let round = 0; round < rounds; round += 1) {
    // nobody is always the one after the other
    for (const stage of round % 2 === 0 ? stages : stages.toReversed()) {
      slices.get(stage)?.push(await measureSlice(stage, { publishers, seconds }));
    }
  }
  const [base = []] = slices.values();
  return [...slices].map(([{ server }, own]) => ({
    name: server.name,
    publishers,
    subscribers,
    slices: own,
    deliveriesPerSecond: spreadOf(own.map(rateOf)),
    cpuSecondsPerMillion: spreadOf(
      own.map(({ cpuSeconds, deliveries }) => (cpuSeconds / deliveries) * 1e6),
    ),
    ratio: spreadOf(base.map((slice, round) => rateOf(slice) / rateOf(own[round]))),
  }));
}

function rateOf(slice: Slice | undefined): number {
  return slice === undefined ? Number.NaN : slice.deliveries / slice.seconds;
}
