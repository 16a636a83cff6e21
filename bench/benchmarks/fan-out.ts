import type { ContenderName } from '../contender.ts';
import { type Spread, spreadOf } from '../figures.ts';
import { measureSample, type Sample } from '../sample.ts';
import { setStage, type Fixture } from '../fixture.ts';

/** Published before the first round, so that the code of every server is compiled. */
const WARM_UP_SECONDS = 0.5;

export interface FanOutOptions {
  /** The servers to measure; the others are compared with the first. */
  names: readonly ContenderName[];
  subscribers: number;
  /** The numbers of concurrent publishers, measured in turn. */
  publisherCounts: readonly number[];
  rounds: number;
  /** The duration of each sample. */
  seconds: number;
  /** Counts arriving events one by one, which slows the client down. Default false. */
  countsEach?: boolean;
  onProgress?: (line: string) => void;
}

/** The figures of one server. */
export interface FanOutFigures {
  readonly name: ContenderName;
  readonly publishers: number;
  readonly subscribers: number;
  readonly samples: readonly Sample[];
  readonly deliveriesPerSecond: Spread;
  readonly cpuSecondsPerMillion: Spread;
  /** The deliveries a second of the first server divided by those of this one, for each round. */
  readonly ratio: Spread;
}

/** Measures all servers alternately: all keep running with their subscribers, and the load moves from one to the next. */
export async function measureFanOut(options: FanOutOptions): Promise<FanOutFigures[]> {
  const { names, subscribers, publisherCounts, onProgress = () => {} } = options;
  const keepsCollecting = options.countsEach ?? false;
  const fixtures: Fixture[] = [];
  for (const name of names) {
    fixtures.push(await setStage(name, { subscribers, keepsCollecting }));
    onProgress(`${name}: ${subscribers} subscribers, each event once and in order`);
  }
  const figures: FanOutFigures[] = [];
  for (const publishers of publisherCounts) {
    onProgress(`${publishers} publishers`);
    figures.push(...(await measureRounds(fixtures, publishers, options)));
  }
  for (const { crowd, server } of fixtures) {
    crowd.close();
    await server.stop();
  }
  return figures;
}

async function measureRounds(
  fixtures: readonly Fixture[],
  publishers: number,
  { rounds, seconds, subscribers }: FanOutOptions,
): Promise<FanOutFigures[]> {
  const samples = new Map(fixtures.map((fixture) => [fixture, [] as Sample[]]));
  for (const fixture of fixtures)
    await measureSample(fixture, { publishers, seconds: WARM_UP_SECONDS });
  for (let round = 0; round < rounds; round += 1) {
    // rotated, so that no server always follows the same one
    for (const fixture of round % 2 === 0 ? fixtures : fixtures.toReversed()) {
      samples.get(fixture)?.push(await measureSample(fixture, { publishers, seconds }));
    }
  }
  const [base = []] = samples.values();
  return [...samples].map(([{ server }, own]) => ({
    name: server.name,
    publishers,
    subscribers,
    samples: own,
    deliveriesPerSecond: spreadOf(own.map(rateOf)),
    cpuSecondsPerMillion: spreadOf(
      own.map(({ cpuSeconds, deliveries }) => (cpuSeconds / deliveries) * 1e6),
    ),
    ratio: spreadOf(base.map((sample, round) => rateOf(sample) / rateOf(own[round]))),
  }));
}

function rateOf(sample: Sample | undefined): number {
  return sample === undefined ? Number.NaN : sample.deliveries / sample.seconds;
}
