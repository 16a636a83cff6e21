import { setTimeout as delay } from 'node:timers/promises';
import { scrapeQueue } from '@quotewire/events';
import { connect } from 'amqplib';
import type { CalendarEntry, Incident } from './calendar.ts';
import type { Fleet } from './fleet.ts';
import { alarmMemory, type SoakBroker } from './soak-broker.ts';
import type { TimerControl } from './timer-control.ts';

/** Timers are connected again so soon after their broker is back, on a busy machine. */
const RECONNECT_MS = 20_000;

/** What an entry of the calendar is done to. */
export interface Stage {
  readonly broker: SoakBroker;
  readonly fleet: Fleet;
  readonly timer: TimerControl;
  /** Those that aren't touched have run from the beginning to the end. */
  readonly deployed: readonly string[];
  readonly intervalMs: number;
  /** How long an incident lasts that has a length. */
  readonly lastsMs: number;
  /** Changes one entry of the file of sources. */
  readonly changeSource: () => Promise<void>;
  readonly deletedJobs: { atMs: number; count: number }[];
}

/** Does what the calendar says; resolves when it's over. */
export async function happen(entry: CalendarEntry, stage: Stage): Promise<void> {
  const { fleet, deployed } = stage;
  if (entry.kind === 'restart') await fleet.replace(entry.process);
  else if (entry.kind === 'deploy') await deploy(fleet, deployed);
  else await incidents[entry.kind](stage);
}

/** Replaces one process after another of each service, all services at once. */
async function deploy(fleet: Fleet, names: readonly string[]): Promise<void> {
  const services = Map.groupBy(names, (name) => name.replace(/-\d+$/, ''));
  await Promise.all(
    [...services.values()].map(async (replicas) => {
      for (const name of replicas) await fleet.replace(name, { startsFirst: true });
    }),
  );
}

const incidents: Readonly<Record<Incident, (stage: Stage) => Promise<void>>> = {
  'memory alarm': (stage) =>
    withoutTimer(stage, 'memory alarm', () => alarmMemory(stage.broker, stage.lastsMs)),

  'broker killed': (stage) =>
    withoutTimer(stage, 'broker killed', async () => {
      await stage.broker.kill9();
      await stage.broker.restart();
    }),

  'broker restarted': (stage) =>
    withoutTimer(stage, 'broker restarted', async () => {
      await stage.broker.shutDown();
      await stage.broker.restart();
    }),

  // n.b. nothing restarts for it: timers and scrapers read the file again by themselves
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
    // n.b. whoever starts it gets a tick at once, and the slots from then on
    timer.stopped.push({ fromMs, toMs: Date.now() + intervalMs, reason: 'timer stopped' });
  },
};

async function withoutTimer(
  { fleet }: Stage,
  reason: string,
  work: () => Promise<void>,
): Promise<void> {
  const fromMs = Date.now();
  await work();
  const backMs = Date.now();
  fleet.records.withoutTimer.push({ fromMs, backMs, toMs: backMs + RECONNECT_MS, reason });
}
