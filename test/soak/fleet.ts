import type { Outage, Sample } from './histories.ts';
import { type ServiceProcess, startService } from './service-process.ts';

/** Another timer becomes the leader within this time, even on a busy machine. */
const HANDOVER_MS = 10_000;

/** One instance of a service; its processes succeed each other. */
export interface Instance {
  /** Such as `scraper-2`. */
  readonly name: string;
  readonly service: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface FleetRecords {
  readonly badExits: string[];
  readonly timerOutages: Outage[];
  readonly samples: Sample[];
  /** The jobs that earlier scraper processes counted as expired. */
  expiredJobs: number;
}

/** All the processes of a soak. */
export interface Fleet {
  readonly records: FleetRecords;
  /** Returns the running processes. */
  running(service?: string): readonly { name: string; process: ServiceProcess }[];
  /** Terminates the process of an instance and starts its successor, or, like a deploy, starts the successor first. */
  replace(name: string, options?: { startsFirst?: boolean }): Promise<void>;
  /** Records the resource usage of each process. */
  sample(day: number): Promise<void>;
  /** Resolves with the number of jobs that have expired so far. */
  expiredJobs(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a process for each instance. */
export async function startFleet(instances: readonly Instance[]): Promise<Fleet> {
  const records: FleetRecords = { badExits: [], timerOutages: [], samples: [], expiredJobs: 0 };
  const processes = new Map<string, ServiceProcess>();
  const expected = new Set<ServiceProcess>();

  async function start({ name, service, env }: Instance): Promise<void> {
    const process = await startService(service, env);
    processes.set(name, process);
    expected.add(process);
    void process.exited.then((code) => {
      if (!expected.has(process)) return;
      records.badExits.push(`${name} exited unexpectedly with ${code}: ${tailOf(process)}`);
    });
  }

  async function end(name: string, process: ServiceProcess): Promise<void> {
    if (process.service === 'scraper') records.expiredJobs += await expiredBy(process);
    expected.delete(process);
    const fromMs = Date.now();
    const code = await process.terminate();
    const backMs = Date.now();
    if (process.service === 'timer') {
      const reason = `${name} exited`;
      records.timerOutages.push({ fromMs, backMs, toMs: backMs + HANDOVER_MS, reason });
    }
    if (code !== 0) {
      records.badExits.push(`${name} exited with ${code} on SIGTERM: ${tailOf(process)}`);
    }
  }

  async function stop(): Promise<void> {
    await Promise.all([...processes].map(([name, process]) => end(name, process)));
  }

  try {
    // two at a time, because starts are CPU-bound
    for (let index = 0; index < instances.length; index += 2) {
      await Promise.all(instances.slice(index, index + 2).map(start));
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
      const instance = instances.find((candidate) => candidate.name === name);
      const old = processes.get(name);
      if (instance === undefined || old === undefined) throw new Error(`there's no ${name}`);
      if (startsFirst) await start(instance);
      await end(name, old);
      if (!startsFirst) await start(instance);
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
