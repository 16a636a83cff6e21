import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { within } from './eventually.ts';

const BOOT_DEADLINE_MS = 120_000;
const END_DEADLINE_MS = 20_000;

/** A node of the installed RabbitMQ, as a process. */
export interface RabbitMqNode {
  /** Kills it with SIGKILL; resolves after its exit. */
  kill9(): Promise<void>;
  /** Suspends it: it sends nothing, and no connection is closed. */
  pause(): void;
  resume(): void;
  /** Starts it again, on the same ports and the same files; resolves when it answers. */
  restart(): Promise<void>;
  /** Ends it, by force if it has to. */
  end(): Promise<void>;
  /** Kills it without waiting, for the end of this process. */
  abandon(): void;
}

export interface NodeOptions {
  /** The folder of RabbitMQ's scripts. */
  scripts: string;
  /** The folder of the node's files, which exists. */
  folder: string;
  env: Readonly<Record<string, string>>;
  /** Lines of `rabbitmq.conf`. */
  settings: readonly string[];
  /** The command that the server is started by, for example `nsenter`. Default: none. */
  through?: readonly string[];
}

/** The variables of a node whose files are all in one folder. */
export function nodeEnvironment({
  scripts,
  folder,
  name,
  address,
  ports,
}: {
  scripts: string;
  folder: string;
  /** `name@host`. */
  name: string;
  /** The only address where it listens. */
  address: string;
  ports: { readonly amqp: number; readonly epmd: number; readonly dist: number };
}): Record<string, string> {
  return {
    PATH: `${scripts}:${process.env.PATH ?? ''}`,
    // the folder of the Erlang cookie
    HOME: join(folder, 'home'),
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: address,
    ERL_CRASH_DUMP: join(folder, 'crash.dump'),
    RABBITMQ_NODENAME: name,
    RABBITMQ_NODE_IP_ADDRESS: address,
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.dist),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_PID_FILE: pidFileOf(folder),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_SCHEMA_DIR: join(folder, 'schema'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'generated'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-kernel inet_dist_use_interface {${address.replaceAll('.', ',')}}`,
  };
}

/** Writes a node's files and starts it; resolves when it answers. */
export async function startRabbitMqNode(options: NodeOptions): Promise<RabbitMqNode> {
  const { folder } = options;
  await writeFiles(options);
  let server = await startServer(options);

  return {
    kill9: () => endServer(server, folder, 'SIGKILL'),
    pause: () => process.kill(pidOf(folder), 'SIGSTOP'),
    resume: () => process.kill(pidOf(folder), 'SIGCONT'),
    async restart() {
      server = await startServer(options);
    },
    async end() {
      await endServer(server, folder, 'SIGTERM').catch(() => endServer(server, folder, 'SIGKILL'));
    },
    abandon: () => killNode(server, folder),
  };
}

/** Kills a child process; resolves after its exit. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function writeFiles({ folder, settings }: NodeOptions): Promise<void> {
  const folders = ['mnesia', 'log', 'home', 'schema', 'generated'];
  await Promise.all(folders.map((name) => mkdir(join(folder, name), { recursive: true })));
  await writeFile(join(folder, 'enabled_plugins'), '[].\n');
  const all = ['log.console = true', 'log.file = false', ...settings];
  await writeFile(join(folder, 'rabbitmq.conf'), `${all.join('\n')}\n`);
}

async function startServer({
  scripts,
  folder,
  env,
  through = [],
}: NodeOptions): Promise<ChildProcess> {
  const [command, ...args] = [...through, join(scripts, 'rabbitmq-server')];
  const server = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
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

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function pidFileOf(folder: string): string {
  return join(folder, 'pid');
}
