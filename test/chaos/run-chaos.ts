import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectRabbitMq } from '@quotewire/bus';
import { silentLogger } from '../../packages/bus/test/silent-logger.ts';
import { eventually } from '../support/eventually.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { check, type Histories, type Verdict } from './check.ts';
import { type ChaosBroker, faults, oneOf, randomFrom } from './faults.ts';
import { done, HEARTBEAT, history, recorded, requested, topology } from './topology.ts';

export interface ChaosOptions {
  broker: ChaosBroker & { readonly url: string };
  seconds: number;
  seed: number;
  /** Told of each fault. */
  onFault?: (name: string) => void;
}

export interface ChaosReport extends Verdict {
  readonly confirmed: number;
  readonly jobs: number;
  /** How often each fault was made. */
  readonly faults: Readonly<Record<string, number>>;
}

/** A queue that's younger may not survive the death of its node. */
const DURABLE_AFTER_MS = 4_000;
const CALM_MS = 2_000;
const SETTLE_DEADLINE_MS = 120_000;

/**
 * Publishes and consumes at a steady rate while a seeded schedule kills, pauses and cuts, then waits
 * until all has settled, and compares what was confirmed with what arrived.
 */
export async function runChaos({
  broker,
  seconds,
  seed,
  onFault = () => {},
}: ChaosOptions): Promise<ChaosReport> {
  const random = randomFrom(seed);
  const [publisherLink, followerLink] = await Promise.all([
    startTcpProxy(broker.url),
    startTcpProxy(broker.url),
  ]);
  const connectTo = (url: string, name: string) =>
    connectRabbitMq({ url: `${url}?${HEARTBEAT}`, name, topology, logger: silentLogger });
  const publisher = connectTo(publisherLink.url, 'chaos-publisher');
  const followers = [
    connectTo(followerLink.url, 'chaos-follower'),
    connectTo(broker.url, 'chaos-follower'),
  ];
  const buses = [publisher, ...followers];
  await Promise.all(buses.map((bus) => bus.firstConnected));
  const declaredAt = Date.now();
  let worker = startWorker(broker.url);

  const histories = { confirmed: [] as number[], requested: [] as number[], gaps: 0 };
  const read = followers.map((): number[] => []);
  const results = followers.map((): number[] => []);
  for (const [index, bus] of followers.entries()) {
    bus.follow(
      history,
      ({ event }) => {
        if (event?.type === recorded.type) read[index]?.push(event.data.n);
        else if (event?.type === done.type) results[index]?.push(event.data.n);
      },
      { onGap: () => (histories.gaps += 1) },
    );
  }

  const stopping = new AbortController();
  async function keepPublishing(
    type: typeof recorded | typeof requested,
    { pauseMs, confirmed }: { pauseMs: number; confirmed: number[] },
  ): Promise<void> {
    for (let n = 0; !stopping.signal.aborted; n += 1) {
      // n.b. one that isn't confirmed may have arrived or not, and nothing is claimed of it
      await publisher.publish(type, { n }).then(
        () => confirmed.push(n),
        () => {},
      );
      await delay(pauseMs);
    }
  }
  const publishing = Promise.all([
    keepPublishing(recorded, { pauseMs: 2, confirmed: histories.confirmed }),
    keepPublishing(requested, { pauseMs: 20, confirmed: histories.requested }),
  ]);

  const counts: Record<string, number> = {};
  const targets = {
    broker,
    links: [publisherLink, followerLink],
    random,
    restartWorker: async () => {
      await endWorker(worker);
      worker = startWorker(broker.url);
    },
  };
  await delay(Math.max(0, declaredAt + DURABLE_AFTER_MS - Date.now()));
  const end = declaredAt + seconds * 1_000;
  while (Date.now() < end) {
    const name = oneOf(Object.keys(faults), random);
    onFault(name);
    await faults[name]?.(targets);
    counts[name] = (counts[name] ?? 0) + 1;
    await delay(random() * CALM_MS);
  }
  stopping.abort();
  await publishing;

  const current = (): Histories => ({ ...histories, read, done: results[1] ?? [] });
  await eventually(
    () => {
      const { confirmedButNeverDelivered, jobsWithoutResult } = check(current());
      return confirmedButNeverDelivered + jobsWithoutResult === 0;
    },
    { what: 'all that was confirmed arrives', timeoutMs: SETTLE_DEADLINE_MS },
  ).catch(() => {});
  await endWorker(worker);
  await Promise.all(buses.map((bus) => bus.close()));
  await Promise.all([publisherLink.close(), followerLink.close()]);
  const { confirmed, requested: jobs } = histories;
  return { ...check(current()), confirmed: confirmed.length, jobs: jobs.length, faults: counts };
}

function startWorker(url: string) {
  const main = join(import.meta.dirname, 'worker.ts');
  const env = { PATH: process.env.PATH, AMQP_URL: `${url}?${HEARTBEAT}` };
  return spawn(process.execPath, [main], { env, stdio: 'inherit' });
}

async function endWorker(worker: ReturnType<typeof startWorker>): Promise<void> {
  const ended = once(worker, 'exit');
  worker.kill('SIGKILL');
  await ended;
}
