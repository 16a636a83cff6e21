import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** They keep state on file systems of their own. */
const MONITORING = ['prometheus', 'grafana'];

interface Service {
  readonly image: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly pids_limit?: number;
  readonly restart?: string;
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly ports?: readonly { readonly host_ip?: string; readonly published: string }[];
}

function compose(...args: string[]) {
  // the settings of whoever runs the tests don't count
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, ERLANG_COOKIE: 'of-a-test' };
  return spawnSync('docker', ['compose', ...args], { cwd: ROOT, env, encoding: 'utf8' });
}

const isInstalled = compose('version').status === 0;
if (!isInstalled)
  process.stderr.write('SKIPPED: the files of Docker Compose, which is not installed.\n');

/** Returns what Compose makes of its files. */
function servicesOf(...files: string[]): [string, Service][] {
  const args = files.flatMap((file) => ['--file', file]);
  const { stdout, stderr, status } = compose(
    ...args,
    '--profile',
    '*',
    'config',
    '--format',
    'json',
  );
  if (status !== 0) throw new Error(stderr);
  return Object.entries((JSON.parse(stdout) as { services: Record<string, Service> }).services);
}

describe
  .runIf(isInstalled)
  .for([[['docker-compose.yml']], [['docker-compose.yml', 'compose.cluster.yml']]])(
  'each container of %j',
  ([files = []]) => {
    const services = isInstalled ? servicesOf(...files) : [];

    it.for(services)(
      '%s writes to no disk of its own, unless it is for monitoring, and has no capability to spare',
      ([name, service]) => {
        expect(service.read_only ?? false).toBe(!MONITORING.includes(name));
        expect(service).toMatchObject({
          cap_drop: ['ALL'],
          security_opt: ['no-new-privileges:true'],
        });
      },
    );

    it.for(services)('%s has limits, also for its logs, and comes back', ([, service]) => {
      expect(Number(service.mem_limit)).toBeGreaterThan(0);
      expect(service.pids_limit).toBeGreaterThan(0);
      expect(service.logging?.options).toEqual({ 'max-size': '10m', 'max-file': '3' });
      expect(service.restart).toBe('unless-stopped');
    });

    it.for(services)(
      '%s is published on 127.0.0.1 only, unless it is the edge',
      ([name, service]) => {
        const addresses = new Set((service.ports ?? []).map(({ host_ip }) => host_ip ?? 'any'));
        expect([...addresses]).toEqual(
          name === 'edge' ? ['any'] : addresses.size === 0 ? [] : ['127.0.0.1'],
        );
      },
    );

    it('bounds what the kernel holds for browsers that read nothing, wherever streams pass', () => {
      const bounded = services.filter(([, { sysctls }]) => sysctls?.['net.ipv4.tcp_notsent_lowat']);
      const names = bounded.map(([name]) => name);
      expect(names).toEqual(['chat', 'clock', 'edge', 'gateway', 'quote-stream']);
    });

    it.for(services.filter(([, { image }]) => image === 'quotewire'))(
      '%s counts as healthy while its process responds',
      ([, service]) => {
        expect(service.healthcheck?.test?.slice(0, 2)).toEqual(['CMD', 'scripts/health']);
      },
    );
  },
);

describe.runIf(isInstalled)('the cluster', () => {
  const services = isInstalled ? servicesOf('docker-compose.yml', 'compose.cluster.yml') : [];
  const nodes = services.filter(([name]) => name.startsWith('rabbitmq')).map(([name]) => name);
  const users = services.filter(([, { depends_on }]) => depends_on?.rabbitmq !== undefined);

  it('has three nodes, and the configuration names them', () => {
    const config = readFileSync(join(ROOT, 'rabbitmq-cluster.conf'), 'utf8');
    const named = [...config.matchAll(/nodes\.\d = rabbit@(\S+)/g)].map(([, name]) => name);
    expect(nodes).toHaveLength(3);
    expect(named).toEqual(nodes);
  });

  it.for(users)('%s knows all nodes, and waits for each', ([, { environment, depends_on }]) => {
    const hosts = (environment?.AMQP_URL ?? '').split(',').map((url) => new URL(url).hostname);
    expect(hosts).toEqual(nodes);
    for (const node of nodes) expect(depends_on?.[node]?.condition).toBe('service_healthy');
  });

  it('has users on the broker', () => {
    expect(users.map(([name]) => name)).toEqual(['chat', 'quote-stream', 'scraper', 'timer']);
  });
});

it('installs nothing into the image that is made for one kind of processor', () => {
  const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(lock) as {
    packages: Record<string, { dev?: boolean; cpu?: readonly string[] }>;
  };
  const native = Object.entries(packages).filter(([, { dev, cpu }]) => !dev && cpu !== undefined);
  expect(native.map(([path]) => path)).toEqual([]);
});
