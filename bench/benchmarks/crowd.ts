import { setTimeout as delay } from 'node:timers/promises';
import type { ContenderName } from '../contender.ts';
import { Crowd } from '../crowd.ts';
import { eventData, markData } from '../events.ts';
import { quantile, type Spread, spreadOf } from '../figures.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { assertExact, verifyExactDelivery, type Publish, publishTo } from '../fixture.ts';

const EVENT_INTERVAL_MS = 200;
const MISSED_EVENTS = 100;
/** The number of subscribers that collect what they receive. */
const COLLECTORS = 100;

export interface CrowdPartOptions {
  names: readonly ContenderName[];
  subscribers: number;
  rounds: number;
  /** The number of timed events, one every 200 ms. */
  events: number;
  /** The idle time before memory is measured. */
  idleSeconds: number;
  onProgress?: (line: string) => void;
}

/** The figures of a server with a crowd in one round. */
interface CrowdRound {
  /** Resident memory before the first subscriber and after the idle time. */
  readonly bytesPerSubscriber: number;
  /** The time from publishing an event to its arrival, over all subscribers. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The time from the first reconnect until the last subscriber has caught up. */
  readonly catchUpSeconds: number;
}

/** The figures of a server with a crowd. */
export interface CrowdFigures {
  readonly name: ContenderName;
  readonly subscribers: number;
  readonly rounds: readonly CrowdRound[];
  readonly bytesPerSubscriber: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly catchUpSeconds: Spread;
}

/** Measures the servers one by one, in rounds. */
export async function measureCrowds(options: CrowdPartOptions): Promise<CrowdFigures[]> {
  const { names, subscribers, onProgress = () => {} } = options;
  const rounds = new Map(names.map((name) => [name, [] as CrowdRound[]]));
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const name of names) {
      onProgress(`${name}: ${subscribers} subscribers, round ${round} of ${options.rounds}`);
      rounds.get(name)?.push(await measureRound(name, options));
    }
  }
  return [...rounds].map(([name, own]) => ({
    name,
    subscribers,
    rounds: own,
    bytesPerSubscriber: spreadOf(own.map((round) => round.bytesPerSubscriber)),
    p50Ms: spreadOf(own.map((round) => round.p50Ms)),
    p99Ms: spreadOf(own.map((round) => round.p99Ms)),
    catchUpSeconds: spreadOf(own.map((round) => round.catchUpSeconds)),
  }));
}

async function measureRound(
  name: ContenderName,
  { subscribers, events, idleSeconds }: CrowdPartOptions,
): Promise<CrowdRound> {
  const server = await startServer(name);
  const rssBefore = server.rssBytes();
  const crowd = new Crowd({ port: server.port, size: subscribers, collectors: COLLECTORS });
  await crowd.join();
  await delay(idleSeconds * 1_000);
  const bytesPerSubscriber = (server.rssBytes() - rssBefore) / subscribers;
  const publish = await publishTo(server);
  await verifyExactDelivery(crowd, publish);
  crowd.stopCollecting();
  const latency = await measureLatency(crowd, { publish, events });
  const catchUpSeconds = await measureCatchUp(crowd, { server, subscribers });
  await server.stop();
  return { bytesPerSubscriber, ...latency, catchUpSeconds };
}

async function measureLatency(
  crowd: Crowd,
  { publish, events }: { publish: Publish; events: number },
) {
  const arrivals: number[] = [];
  for (let number = 0; number < events; number += 1) {
    const pause = delay(EVENT_INTERVAL_MS);
    const arrived = crowd.mark();
    await publish(markData(number));
    for (const ms of await arrived) arrivals.push(ms);
    await pause;
  }
  return { p50Ms: quantile(arrivals, 0.5), p99Ms: quantile(arrivals, 0.99) };
}

/** Disconnects a crowd at once, publishes, and lets as many subscribers resume from the last id. */
async function measureCatchUp(
  cut: Crowd,
  { server, subscribers }: { server: ServerProcess; subscribers: number },
): Promise<number> {
  // the server may have closed the idle connection, and dropped the id of an earlier event
  const publish = await publishTo(server);
  const witness = new Crowd({ port: server.port, size: 1, collectors: 1 });
  await witness.join();
  const lastEventId = await verifyExactDelivery(witness, publish);
  witness.close();
  cut.close();
  for (let number = 1; number < MISSED_EVENTS; number += 1) await publish(eventData(number));
  await publish(markData(MISSED_EVENTS));

  const back = new Crowd({ port: server.port, size: subscribers, collectors: COLLECTORS });
  const startedAt = performance.now();
  const arrived = back.mark();
  await back.join(lastEventId);
  await arrived;
  const seconds = (performance.now() - startedAt) / 1_000;
  assertExact(back, { first: 1, last: MISSED_EVENTS });
  back.close();
  return seconds;
}
