import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freePorts } from '@quotewire/testing';

const DEADLINE_MS = 300_000;
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** The cost of a service until it was ready. */
export interface StartFigures {
  readonly readySeconds: number;
  readonly cpuSeconds: number;
  readonly rssMb: number;
  readonly peakMb: number;
  /** The number of entries that the broker delivered from all logs. */
  readonly deliveries: number;
}

export interface StartedService {
  readonly figures: StartFigures;
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a service of the checkout in `folder`, and measures it until it is ready. */
export async function startService(
  service: string,
  { folder, env }: { folder: string; env: Readonly<Record<string, string>> },
): Promise<StartedService> {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const main = join(folder, 'services', service, 'src/main.ts');
  // another checkout has its own options, or none
  const options = [`--env-file-if-exists=${join(folder, 'node.env')}`];
  const child = spawn(process.execPath, [...options, main], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: String(port), HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await eventually(
      async () => {
        if (child.exitCode !== null) throw new Error(`${service} ended`);
        return (await fetch(`${url}/readyz`)).ok;
      },
      { what: `${service} of ${folder} is ready`, timeoutMs: DEADLINE_MS },
    );
    const readySeconds = (performance.now() - startedAt) / 1_000;
    const usage = usageOf(child.pid ?? 0);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const figures = { readySeconds, ...usage, deliveries: sumOf(metrics) };
    return { figures, url, stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function usageOf(pid: number): Pick<StartFigures, 'cpuSeconds' | 'rssMb' | 'peakMb'> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  const cpuSeconds = (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND;
  return { cpuSeconds, rssMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}

function sumOf(metrics: string): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith('amqp_log_entries_total{'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
