import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePorts } from '@quotewire/testing';

const RULES = join(import.meta.dirname, '../../monitoring/alerts.yml');

/** A Prometheus that scrapes and evaluates every second. */
export interface Prometheus {
  /** The names of the alerts that fire. */
  firing(): Promise<string[]>;
  /** Resolves with the alerts that fire, once the given one does. */
  untilFiring(alert: string): Promise<string[]>;
  /** Resolves when each process has been scraped three times: a counter's increase needs a value before. */
  untilScraped(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Prometheus with the project's alerts, which fire here as soon as their condition holds. */
export async function startPrometheus(targets: Record<string, string>): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'quotewire-prometheus-'));
  const [port = 0] = await freePorts(1);
  const rules = (await readFile(RULES, 'utf8')).replaceAll(/^ +for: .*\n/gm, '');
  await writeFile(join(folder, 'alerts.yml'), rules);
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['alerts.yml'],
    scrape_configs: Object.entries(targets).map(([service, url]) => ({
      job_name: `quotewire-${service}`,
      static_configs: [{ targets: [new URL(url).host] }],
    })),
  };
  // YAML contains JSON
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const end = () => child.kill('SIGKILL');
  process.on('exit', end);
  const output = collect(child);
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    if (!response.ok) throw new Error(`Prometheus answered ${response.status}`);
    return (await response.json()) as {
      data: { alerts: Alert[]; groups: Group[]; result: unknown[] };
    };
  };
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok;
  await eventually(isReady, { what: 'Prometheus is ready' }).catch((cause: unknown) => {
    end();
    throw new Error(`Prometheus did not start:\n${output()}`, { cause });
  });

  async function firing(): Promise<string[]> {
    const { groups } = (await get('/api/v1/rules')).data;
    const broken = groups.flatMap(({ rules }) => rules).filter(({ health }) => health === 'err');
    if (broken.length > 0) throw new Error(`rules fail: ${JSON.stringify(broken)}`);
    const { alerts } = (await get('/api/v1/alerts')).data;
    const names = alerts.flatMap(({ state, labels }) =>
      state === 'firing' ? labels.alertname : [],
    );
    return [...new Set(names)].toSorted();
  }

  return {
    firing,
    untilFiring(alert) {
      const withIt = async () => {
        const all = await firing();
        return all.includes(alert) && all;
      };
      return eventually(withIt, { what: `${alert} fires`, timeoutMs: 60_000 });
    },
    async untilScraped() {
      const query = encodeURIComponent('count_over_time(up[1m]) > 2 and up == 1');
      const count = Object.keys(targets).length;
      const isScraped = async () =>
        (await get(`/api/v1/query?query=${query}`)).data.result.length === count;
      await eventually(isScraped, { what: 'each process has been scraped' });
    },
    async stop() {
      process.off('exit', end);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Alert {
  readonly state: string;
  readonly labels: { readonly alertname: string };
}

interface Group {
  readonly rules: readonly { readonly health: string; readonly lastError?: string }[];
}

function collect(child: ChildProcess): () => string {
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    output = (output + chunk).slice(-5_000);
  });
  return () => output;
}
