import type { Outage, Sample } from './histories.ts';
import { type ServiceProcess, startService } from './service-process.ts';

/** Another timer takes the lead within so much, on a busy machine. */
const HANDOVER_MS = 10_000;

/** One place in the fleet, where one process follows on another. */
export interface Place {
  /** Such as `scraper-2`. */
  readonly name: string;
  readonly service: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface FleetRecords {
  readonly badExits: string[];
  readonly withoutTimer: Outage[];
  readonly samples: Sample[];
  /** Jobs that scrapers counted as expired before they ended. */
  expiredJobs: number;
}

/** All the processes of a soak. */
export interface Fleet {
  readonly records: FleetRecords;
  /** Those that run now. */
  running(service?: string): readonly { name: string; process: ServiceProcess }[];
  /** Ends a process and starts the next one in its place; or first starts it and then ends the other, as a deploy does. */
  replace(name: string, options?: { startsFirst?: boolean }): Promise<void>;
  /** Writes down what each process holds. */
  sample(day: number): Promise<void>;
  /** Jobs that have expired so far. */
  expiredJobs(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a process in each place. */
export async function startFleet(places: readonly Place[]): Promise<Fleet> {
  const records: FleetRecords = { badExits: [], withoutTimer: [], samples: [], expiredJobs: 0 };
  const processes = new Map<string, ServiceProcess>();
  const wanted = new Set<ServiceProcess>();

  async function start({ name, service, env }: Place): Promise<void> {
    const process = await startService(service, env);
    processes.set(name, process);
    wanted.add(process);
    void process.exited.then((code) => {
      if (!wanted.has(process)) return;
      records.badExits.push(`${name} ended by itself with ${code}: ${tailOf(process)}`);
    });
  }

  async function end(name: string, process: ServiceProcess): Promise<void> {
    if (process.service === 'scraper') records.expiredJobs += await expiredBy(process);
    wanted.delete(process);
    const fromMs = Date.now();
    const code = await process.terminate();
    const backMs = Date.now();
    if (process.service === 'timer') {
      const reason = `${name} ended`;
      records.withoutTimer.push({ fromMs, backMs, toMs: backMs + HANDOVER_MS, reason });
    }
    if (code !== 0) {
      records.badExits.push(`${name} ended with ${code} on SIGTERM: ${tailOf(process)}`);
    }
  }

  async function stop(): Promise<void> {
    await Promise.all([...processes].map(([name, process]) => end(name, process)));
  }

  try {
    // n.b. a few at a time: a start is mostly work for the processor
    for (let index = 0; index < places.length; index += 2) {
      await Promise.all(places.slice(index, index + 2).map(start));
    }
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    records,
    running: (service) =>
      [...processes]
        .filter(([, process]) => service === undefined || process.service === service)
        .filter(([, process]) => process.isRunning)
        .map(([name, process]) => ({ name, process })),
    async replace(name, { startsFirst = false } = {}) {
      const place = places.find((candidate) => candidate.name === name);
      const old = processes.get(name);
      if (place === undefined || old === undefined) throw new Error(`there's no ${name}`);
      if (startsFirst) await start(place);
      await end(name, old);
      if (!startsFirst) await start(place);
    },
    async sample(day) {
      for (const [name, process] of processes) {
        const { startedAtMs } = process;
        const held = await process.measure();
        records.samples.push({ process: name, startedAtMs, day, ...held });
      }
    },
    async expiredJobs() {
      const scrapers = [...processes.values()].filter(({ service }) => service === 'scraper');
      const counts = await Promise.all(scrapers.map(expiredBy));
      return counts.reduce((total, count) => total + count, records.expiredJobs);
    },
    stop,
  };
}

async function expiredBy({ url, isRunning }: ServiceProcess): Promise<number> {
  if (!isRunning) return 0;
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^scrape_jobs_expired_total (\d+)/m.exec(text)?.[1] ?? 0);
}

function tailOf({ output }: ServiceProcess): string {
  return output.trimEnd().split('\n').slice(-3).join(' | ');
}
