import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { eventually, within } from './eventually.ts';
import { freePorts } from './free-ports.ts';
import { isExecutable, onPath } from './on-path.ts';
import type { Rabbitmqctl } from './vhosts.ts';

/** Not Debian's scripts in /usr/sbin, which switch to another user and drop the environment. */
const DEBIAN_SCRIPTS = '/usr/lib/rabbitmq/bin';
const BOOT_DEADLINE_MS = 60_000;
const END_DEADLINE_MS = 20_000;
/** A quorum queue that's younger may not survive its node's death. */
const DURABLE_AFTER_MS = 4_000;

/** A RabbitMQ node of our own, in a temporary folder and on free ports of 127.0.0.1. */
export interface PrivateBroker {
  readonly url: string;
  readonly rabbitmqctl: Rabbitmqctl;
  /** Resolves when queues declared at that time (`Date.now()`) survive a kill. */
  untilDurable(declaredAt: number): Promise<void>;
  /** Kills the node with SIGKILL; resolves after its exit. */
  kill9(): Promise<void>;
  /** Suspends the node: it sends nothing, and no connection is closed. */
  pause(): void;
  resume(): void;
  /** Starts it again, on the same ports and the same files; resolves when it answers. */
  restart(): Promise<void>;
  /** Ends it and removes its files. Idempotent. */
  stop(): Promise<void>;
}

/** Returns the folder of RabbitMQ's scripts; undefined unless everything for a private node is installed. */
export function findRabbitMqScripts(): string | undefined {
  if (onPath('epmd') === undefined) return undefined;
  if (isExecutable(join(DEBIAN_SCRIPTS, 'rabbitmq-server'))) return DEBIAN_SCRIPTS;
  const server = onPath('rabbitmq-server');
  return server === undefined ? undefined : dirname(server);
}

/** Starts a private broker; resolves when it answers. `featureFlags`, if given, are all that it has. */
export async function startPrivateBroker({
  featureFlags,
}: { featureFlags?: readonly string[] } = {}): Promise<PrivateBroker> {
  const scripts = findRabbitMqScripts();
  if (scripts === undefined) throw new Error('rabbitmq-server is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'quotewire-broker-'));
  const [amqpPort = 0, epmdPort = 0, distPort = 0] = await freePorts(3);
  const env = environmentOf({ scripts, folder, amqpPort, epmdPort, distPort });
  if (featureFlags !== undefined) env.RABBITMQ_FEATURE_FLAGS = featureFlags.join(',');
  await writeFiles(folder, amqpPort);
  // without a running epmd, the node would start one that outlives it
  const epmd = spawn('epmd', [], { env, stdio: 'ignore' });
  let server: ChildProcess;
  try {
    server = await startServer(scripts, { env, folder });
  } catch (error) {
    await endChild(epmd);
    throw error;
  }
  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    await endServer(server, folder, 'SIGTERM').catch(() => endServer(server, folder, 'SIGKILL'));
    await endChild(epmd);
    process.off('exit', killAll);
    await rm(folder, { recursive: true, force: true });
  }

  function killAll(): void {
    killNode(server, folder);
    epmd.kill('SIGKILL');
  }
  process.on('exit', killAll);

  return {
    url: `amqp://guest:guest@127.0.0.1:${amqpPort}`,
    rabbitmqctl: { path: join(scripts, 'rabbitmqctl'), env },
    async untilDurable(declaredAt) {
      await eventually(() => Date.now() - declaredAt > DURABLE_AFTER_MS, {
        what: 'the queues are old enough to survive a kill',
      });
    },
    kill9: () => endServer(server, folder, 'SIGKILL'),
    pause: () => process.kill(pidOf(folder), 'SIGSTOP'),
    resume: () => process.kill(pidOf(folder), 'SIGCONT'),
    async restart() {
      server = await startServer(scripts, { env, folder });
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

function environmentOf(node: {
  scripts: string;
  folder: string;
  amqpPort: number;
  epmdPort: number;
  distPort: number;
}): Record<string, string> {
  const { scripts, folder, amqpPort, epmdPort, distPort } = node;
  return {
    PATH: `${scripts}:${process.env.PATH ?? ''}`,
    // the folder of the Erlang cookie
    HOME: join(folder, 'home'),
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_CRASH_DUMP: join(folder, 'crash.dump'),
    RABBITMQ_NODENAME: `quotewire${amqpPort}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(amqpPort),
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_PID_FILE: pidFileOf(folder),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'none.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_SCHEMA_DIR: join(folder, 'schema'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'generated'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
}

async function writeFiles(folder: string, amqpPort: number): Promise<void> {
  const folders = ['mnesia', 'log', 'home', 'schema', 'generated'];
  await Promise.all(folders.map((name) => mkdir(join(folder, name))));
  await writeFile(join(folder, 'enabled_plugins'), '[].\n');
  const settings = [
    `listeners.tcp.1 = 127.0.0.1:${amqpPort}`,
    'log.console = true',
    'log.file = false',
  ];
  await writeFile(join(folder, 'rabbitmq.conf'), `${settings.join('\n')}\n`);
}

async function startServer(
  scripts: string,
  { env, folder }: { env: Record<string, string>; folder: string },
): Promise<ChildProcess> {
  const server = spawn(join(scripts, 'rabbitmq-server'), [], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const started = Promise.withResolvers<void>();
  const collect = (chunk: string) => {
    output = (output + chunk).slice(-20_000);
    if (output.includes('Server startup complete')) started.resolve();
  };
  server.stdout.setEncoding('utf8').on('data', collect);
  server.stderr.setEncoding('utf8').on('data', collect);
  server.once('error', started.reject);
  server.once('exit', (code) => started.reject(new Error(`it exited with code ${code}`)));
  try {
    await within(started.promise, {
      what: 'the private broker starts',
      timeoutMs: BOOT_DEADLINE_MS,
    });
    return server;
  } catch (cause) {
    killNode(server, folder);
    throw new Error(`the private broker didn't start:\n${output}`, { cause });
  }
}

/** The node is a child of the script that was started; the node's own id is in its pid file. */
async function endServer(
  server: ChildProcess,
  folder: string,
  signal: NodeJS.Signals,
): Promise<void> {
  if (hasEnded(server)) return;
  const ended = once(server, 'exit');
  process.kill(pidOf(folder), signal);
  await within(ended, {
    what: `the private broker exits after ${signal}`,
    timeoutMs: END_DEADLINE_MS,
  });
}

function killNode(server: ChildProcess, folder: string): void {
  if (hasEnded(server)) return;
  try {
    process.kill(pidOf(folder), 'SIGKILL');
  } catch {
    // it has not written its pid file yet, or has exited
  }
  server.kill('SIGKILL');
}

function pidOf(folder: string): number {
  return Number(readFileSync(pidFileOf(folder), 'utf8').trim());
}

async function endChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function pidFileOf(folder: string): string {
  return join(folder, 'pid');
}
