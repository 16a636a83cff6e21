import { setTimeout as delay } from 'node:timers/promises';
import { scrapeQueue } from '@quotewire/events';
import { connect } from 'amqplib';
import type { CalendarEntry, Incident } from './calendar.ts';
import type { FaultyBroker } from '../support/faulty-broker.ts';
import type { Fleet } from './fleet.ts';
import type { TimerControl } from './timer-control.ts';

/** Timers reconnect within this time after the broker's return, even on a busy machine. */
const RECONNECT_MS = 20_000;

/** What entries of the calendar act on. */
export interface IncidentTargets {
  readonly broker: FaultyBroker;
  readonly fleet: Fleet;
  readonly timer: TimerControl;
  /** The instances to deploy; the others run from the first day to the last. */
  readonly deployed: readonly string[];
  readonly intervalMs: number;
  /** The duration of a memory alarm or a stop. */
  readonly lastsMs: number;
  /** Changes one entry of the sources file. */
  readonly changeSource: () => Promise<void>;
  readonly deletedJobs: { atMs: number; count: number }[];
}

/** Applies an entry of the calendar; resolves when it is over. */
export async function applyEntry(entry: CalendarEntry, targets: IncidentTargets): Promise<void> {
  const { fleet, deployed } = targets;
  if (entry.kind === 'restart') await fleet.replace(entry.process);
  else if (entry.kind === 'deploy') await deploy(fleet, deployed);
  else await incidents[entry.kind](targets);
}

/** Replaces the processes of each service one by one, and all services concurrently. */
async function deploy(fleet: Fleet, names: readonly string[]): Promise<void> {
  const services = Map.groupBy(names, (name) => name.replace(/-\d+$/, ''));
  await Promise.all(
    [...services.values()].map(async (replicas) => {
      for (const name of replicas) await fleet.replace(name, { startsFirst: true });
    }),
  );
}

const incidents: Readonly<Record<Incident, (targets: IncidentTargets) => Promise<void>>> = {
  'memory alarm': (targets) =>
    timerOutages(targets, 'memory alarm', async () => {
      await targets.broker.alarm(true);
      try {
        await delay(targets.lastsMs);
      } finally {
        await targets.broker.alarm(false);
      }
    }),

  'broker killed': (targets) =>
    timerOutages(targets, 'broker killed', async () => {
      await targets.broker.kill9();
      await targets.broker.restart();
    }),

  'broker restarted': (targets) =>
    timerOutages(targets, 'broker restarted', async () => {
      await targets.broker.shutDown();
      await targets.broker.restart();
    }),

  // without a restart: timers and scrapers reload the file themselves
  'source changed': ({ changeSource }) => changeSource(),

  'queue deleted': async ({ broker, deletedJobs }) => {
    const connection = await connect(broker.url);
    const channel = await connection.createChannel();
    const { messageCount } = await channel.deleteQueue(scrapeQueue.name);
    deletedJobs.push({ atMs: Date.now(), count: messageCount });
    await connection.close();
  },

  'timer stopped': async ({ timer, lastsMs, intervalMs }) => {
    const fromMs = Date.now();
    await timer.stop();
    await delay(lastsMs);
    await timer.check('stopped');
    await timer.start(Math.ceil(Math.random() * 3_600));
    // a start ticks at once, and then at each slot
    timer.stopped.push({ fromMs, toMs: Date.now() + intervalMs, reason: 'timer stopped' });
  },
};

async function timerOutages(
  { fleet }: IncidentTargets,
  reason: string,
  work: () => Promise<void>,
): Promise<void> {
  const fromMs = Date.now();
  await work();
  const backMs = Date.now();
  fleet.records.timerOutages.push({ fromMs, backMs, toMs: backMs + RECONNECT_MS, reason });
}
