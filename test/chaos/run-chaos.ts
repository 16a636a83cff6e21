import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, connectRabbitMq, type Topology } from '@quotewire/bus';
import { scrapeQueue, timerLog, timerTicked, topologyOf } from '@quotewire/events';
import {
  childEnv,
  eventually,
  randomFrom,
  silentLogger,
  startTcpProxy,
  type TcpProxy,
} from '@quotewire/testing';
import { connect } from 'amqplib';
import { check, hasFailed, type Histories, type Verdict } from './check.ts';
import { type Faults, scheduleOf, SERVICES } from './faults.ts';
import { startProduct } from './product.ts';
import { record } from './recorder.ts';
import { type Tally, tallyOf } from './tally.ts';
import { done, HEARTBEAT, history, jobs, topology } from './topology.ts';

export interface ChaosOptions {
  /** The address of the broker, or of each of its nodes. */
  urls: readonly string[];
  faults: Faults;
  /** The minimum duration; the run continues until every kind of fault has been injected. */
  seconds: number;
  seed: number;
  /** Called before each fault. */
  onFault?: (name: string) => void;
}

export interface ChaosReport extends Verdict {
  /** The load of the run. */
  readonly work: Readonly<Record<string, number>>;
  /** The number of times that each fault was injected. */
  readonly faults: Readonly<Record<string, number>>;
  /** The longest time without a confirm during each fault, in milliseconds. */
  readonly pausesMs: Readonly<Record<string, number>>;
  /** For each follower of the log, and for the work queue. */
  readonly tallies: Readonly<Record<string, Tally>>;
  /** The gaps of subscribers, and the exits that were not clean. */
  readonly details: readonly string[];
}

/** A younger queue may not survive the death of its node. */
const DURABLE_AFTER_MS = 4_000;
const CALM_MS = 2_000;
/** In seconds before now; the current slot may not have been used yet. */
const CONSECUTIVE_SLOTS = [1, 2, 3];
/** Longer than the longest retry delay of a service. */
const SETTLE_DEADLINE_MS = 180_000;

/**
 * Publishes many events at once and consumes jobs, some of which fail, while the real services
 * deliver the quotes of a site to subscribers, and injects faults in a seeded order.
 * Then waits until everything has arrived, and compares the confirmed events and the quotes of
 * the site with what was received.
 */
export async function runChaos({
  urls,
  faults,
  seconds,
  seed,
  onFault = () => {},
}: ChaosOptions): Promise<ChaosReport> {
  const random = randomFrom(seed);
  const closing: (() => Promise<unknown>)[] = [];
  const [anyUrl = ''] = urls;
  const links: TcpProxy[] = [];
  /** Addresses through links of their own. */
  const linked = async () => {
    const own = await Promise.all(urls.map((url) => startTcpProxy(url)));
    links.push(...own);
    closing.push(() => Promise.all(own.map((link) => link.close())));
    return own.map((link) => link.url);
  };
  const connectTo = (to: readonly string[], name: string, of: Topology = topology) => {
    const options = { url: to.map(withHeartbeat), name, topology: of, logger: silentLogger };
    const bus = connectRabbitMq(options);
    closing.push(() => bus.close());
    return bus;
  };
  try {
    const publisher = connectTo(await linked(), 'chaos-publisher');
    const followers = [
      connectTo(await linked(), 'chaos-follower'),
      // one for each node
      ...urls.map((url) => connectTo([url], 'chaos-follower')),
    ];
    const timerWatcher = connectTo(urls, 'chaos-timer-watcher', topologyOf());
    await Promise.all([publisher, ...followers, timerWatcher].map((bus) => bus.firstConnected));
    const declaredAt = performance.now();
    const workerUrls = await linked();
    let worker = startWorker(workerUrls);
    closing.push(() => endWorker(worker));
    const slots = new Set<number>();
    timerWatcher.follow(timerLog, ({ event }) => {
      if (event?.type === timerTicked.type)
        slots.add(Math.floor(Date.parse(event.data.slot) / 1_000));
    });
    const amqpUrls: Record<string, string> = {};
    for (const name of SERVICES) amqpUrls[name] = (await linked()).map(withHeartbeat).join(',');
    const product = await startProduct(amqpUrls);
    closing.push(() => product.close());
    await product.untilReady();
    const recorder = record({ publisher, followers });

    const jobsInDeletedQueues = new Set<number>();
    const quotesInDeletedQueues = new Set<number>();
    const targets = {
      links,
      services: product.services,
      random,
      restartWorker: async () => {
        await endWorker(worker);
        worker = startWorker(workerUrls);
      },
      untilConfirming: () => recorder.untilConfirming(),
      deleteWorkQueues: async () => {
        await deleteQueues(anyUrl, [jobs.name, scrapeQueue.name]);
        for (const n of recorder.pendingJobs()) jobsInDeletedQueues.add(n);
        for (const number of product.pendingQuotes()) quotesInDeletedQueues.add(number);
      },
    };
    await delay(Math.max(0, declaredAt + DURABLE_AFTER_MS - performance.now()));
    const counts = Object.fromEntries(Object.keys(faults).map((name) => [name, 0]));
    const pausesMs: Record<string, number> = {};
    const end = declaredAt + seconds * 1_000;
    for (const name of scheduleOf(Object.keys(faults), random)) {
      const isComplete = Object.values(counts).every((count) => count > 0);
      if (isComplete && performance.now() >= end) break;
      onFault(name);
      recorder.longestPauseMs();
      await faults[name]?.(targets);
      pausesMs[name] = Math.max(pausesMs[name] ?? 0, Math.round(recorder.longestPauseMs()));
      counts[name] = (counts[name] ?? 0) + 1;
      await delay(random() * CALM_MS);
    }
    product.site.freeze();
    await recorder.stop();

    let ticksAgain = false;
    const current = (): Histories => ({
      ...recorder,
      // getters, of which the spread copied only the first values
      gaps: recorder.gaps,
      jobsInDeletedQueues,
      newestQuote: product.site.newest,
      quotesInDeletedQueues,
      subscribers: product.subscribers,
      ticksAgain,
      badExits: product.badExits(),
    });
    const settled = async () => {
      await recorder.readDeadLetters(anyUrl);
      const slot = Math.floor(Date.now() / 1_000);
      ticksAgain ||= CONSECUTIVE_SLOTS.every((age) => slots.has(slot - age));
      const { failures } = check(current());
      return (
        failures.confirmedButNeverDelivered +
          failures.jobsWithoutResult +
          failures.quotesNeverOnTheStream +
          failures.timersStopped ===
        0
      );
    };
    await eventually(settled, { what: 'everything arrives', timeoutMs: SETTLE_DEADLINE_MS }).catch(
      () => {},
    );
    const histories = current();
    const verdict = check(histories);
    const readAnew: Record<string, readonly number[]> = {};
    for (const [index, url] of urls.entries()) {
      const bus = connectTo([url], 'chaos-reader');
      readAnew[`log, read anew at node ${index + 1}`] = await readNumbers(bus);
    }
    return {
      ...verdict,
      work: {
        eventsConfirmed: histories.confirmed.length,
        jobsConfirmed: histories.requested.length,
        jobsDoneInRetry: recorder.doneInRetry,
        deadLetters: histories.deadLetters.size,
        quotesOnTheSite: histories.newestQuote,
        pagesServed: product.site.pagesServed,
        connectionsOfSubscribers: product.subscribers.reduce(
          (n, { connections }) => n + connections,
          0,
        ),
        ticks: slots.size,
        ticksMissing:
          slots.size === 0 ? 0 : Math.max(...slots) - Math.min(...slots) + 1 - slots.size,
      },
      faults: counts,
      pausesMs,
      tallies: {
        ...Object.fromEntries(
          [
            ...histories.read.map(
              (received, index) => [`log, follower ${index + 1}`, received] as const,
            ),
            ...Object.entries(readAnew),
          ].map(([reader, received]) => {
            const { attempted: attempt, confirmed: acknowledged } = recorder;
            return [reader, tallyOf({ attempt, acknowledged, received })];
          }),
        ),
        'work queue': tallyOf({
          attempt: recorder.jobsAttempted,
          acknowledged: histories.requested,
          received: [...histories.done, ...histories.deadLetters],
        }),
      },
      details: hasFailed(verdict)
        ? [
            ...histories.badExits,
            ...histories.subscribers.map(({ gaps }) => `gaps: ${gaps.join(', ')}`),
            ...product.missingOf().map((numbers) => `missing quotes: ${numbers.join(' ')}`),
          ]
        : [],
    };
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

/** Reads the whole log from its first entry; resolves with its numbers. */
async function readNumbers(bus: Bus): Promise<readonly number[]> {
  const numbers: number[] = [];
  const follower = bus.follow(history, ({ event }) => {
    if (event !== undefined && event.type !== done.type) numbers.push(event.data.n);
  });
  await follower.caughtUp;
  return numbers;
}

async function deleteQueues(url: string, names: readonly string[]): Promise<void> {
  const connection = await connect(url);
  try {
    const channel = await connection.createChannel();
    for (const name of names) await channel.deleteQueue(name);
  } finally {
    await connection.close();
  }
}

function withHeartbeat(url: string): string {
  return `${url}?${HEARTBEAT}`;
}

function startWorker(urls: readonly string[]) {
  const main = join(import.meta.dirname, 'worker.ts');
  const env = { ...childEnv(), AMQP_URL: urls.map(withHeartbeat).join(',') };
  return spawn(process.execPath, [main], { env, stdio: 'inherit' });
}

async function endWorker(worker: ReturnType<typeof startWorker>): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const ended = once(worker, 'exit');
  worker.kill('SIGKILL');
  await ended;
}
