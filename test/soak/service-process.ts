import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, SERVICE_OPTIONS, within } from '@quotewire/testing';
import type { ResourceUsage } from './histories.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROBE = join(import.meta.dirname, 'probe.ts');
const START_DEADLINE_MS = 60_000;
const END_DEADLINE_MS = 35_000;
const MEASURE_DEADLINE_MS = 60_000;
const OUTPUT_KEPT = 200_000;

/** A service in its own process. */
export interface ServiceProcess {
  readonly service: string;
  /** Its URL, without a trailing slash. */
  readonly url: string;
  readonly startedAtMs: number;
  readonly isRunning: boolean;
  /** The last part of its output. */
  readonly output: string;
  /** Resolves with the exit code; null after a signal. */
  readonly exited: Promise<number | null>;
  /** Sends SIGTERM, and SIGKILL after a deadline; resolves with the exit code. */
  terminate(): Promise<number | null>;
  /** Resolves with its resource usage after a garbage collection. */
  measure(): Promise<ResourceUsage>;
}

const running = new Set<() => void>();

// one listener for all processes, so that none outlives the soak
process.once('exit', () => {
  for (const kill of running) kill();
});

/** Starts a service on a free port; resolves once it is ready. */
export async function startService(
  service: string,
  env: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'quotewire-soak-'));
  const probeFile = join(folder, 'held.json');
  const main = join(ROOT, 'services', service, 'src/main.ts');
  const startedAtMs = Date.now();
  const child = spawn(process.execPath, [...SERVICE_OPTIONS, '--import', PROBE, main], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      HOST: '127.0.0.1',
      SOAK_PROBE_FILE: probeFile,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let url = '';
  const collect = (chunk: string) => {
    output = (output + chunk).slice(-OUTPUT_KEPT);
    url ||= /listening at (http:[^"\s]+)/.exec(output)?.[1] ?? '';
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  let isRunning = true;
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    // emitted after all output, unlike exit
    child.once('close', resolve);
  });
  const killChild = () => child.kill('SIGKILL');
  running.add(killChild);
  void exited.then(async () => {
    isRunning = false;
    running.delete(killChild);
    await rm(folder, { recursive: true, force: true });
  });

  const started: ServiceProcess = {
    service,
    get url() {
      return url;
    },
    startedAtMs,
    get isRunning() {
      return isRunning;
    },
    get output() {
      return output;
    },
    exited,
    async terminate() {
      child.kill('SIGTERM');
      const what = `${service} exits after SIGTERM`;
      return within(exited, { what, timeoutMs: END_DEADLINE_MS }).catch(() => {
        killChild();
        return exited;
      });
    },
    async measure() {
      const { pid } = child;
      if (pid === undefined || !isRunning) throw new Error(`${service} isn't running`);
      await rm(probeFile, { force: true });
      child.kill('SIGWINCH');
      const text = await eventually(() => readFile(probeFile, 'utf8'), {
        what: `${service} writes its resource usage`,
        timeoutMs: MEASURE_DEADLINE_MS,
      });
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      const rssBytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
      const fds = (await readdir(`/proc/${pid}/fd`)).length;
      return { ...(JSON.parse(text) as Omit<ResourceUsage, 'rssBytes' | 'fds'>), rssBytes, fds };
    },
  };
  const isReady = async () => {
    if (!isRunning) return 'exited';
    return url !== '' && (await fetch(`${url}/readyz`)).ok ? 'ready' : '';
  };
  try {
    const state = await eventually(isReady, {
      what: `${service} is ready`,
      timeoutMs: START_DEADLINE_MS,
    });
    if (state === 'exited') throw new Error(`${service} exited before it was ready`);
    return started;
  } catch (cause) {
    killChild();
    throw new Error(`${(cause as Error).message}\nIts output:\n${output.slice(-5_000)}`, { cause });
  }
}
