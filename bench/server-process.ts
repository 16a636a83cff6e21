import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually, freePorts, within } from '@quotewire/testing';
import { type ContenderName, contenders } from './contender.ts';
import { pinned } from './pinning.ts';
import { cpuSecondsOf, rssBytesOf } from './proc.ts';

const STOP_DEADLINE_MS = 5_000;

/** A server under measurement. */
export interface ServerProcess {
  readonly name: ContenderName;
  readonly port: number;
  /** Its CPU time and that of its children, in seconds. */
  cpuSeconds(): number;
  /** Its resident memory and that of its children. */
  rssBytes(): number;
  stop(): Promise<void>;
}

const running = new Set<ServerProcess>();
const children = new Set<ChildProcess>();

// also if this process exits unexpectedly
process.on('exit', () => {
  for (const child of children) child.kill('SIGTERM');
});

/** Starts a server on a free port of 127.0.0.1 and on the first core; resolves when it accepts connections. */
export async function startServer(name: ContenderName): Promise<ServerProcess> {
  const [port = 0] = await freePorts(1);
  const { file, args, tidy = () => {} } = contenders[name].command(port);
  const [program = file, ...rest] = pinned('server', [file, ...args]);
  const child = spawn(program, rest, { stdio: ['pipe', 'ignore', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-4_000);
  });
  const pid = child.pid ?? 0;
  const server: ServerProcess = {
    name,
    port,
    cpuSeconds: () => cpuSecondsOf(pid),
    rssBytes: () => rssBytesOf(pid),
    async stop() {
      await end(child);
      tidy();
      running.delete(server);
    },
  };
  running.add(server);
  try {
    await eventually(() => child.exitCode !== null || accepts(port), { what: 'it listens' });
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
  } catch (cause) {
    throw new Error(`the server "${name}" didn't start. It printed:\n${printed}`, { cause });
  }
  return server;
}

/** Stops all running servers. */
export async function stopServers(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop()));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = within(exited, { what: 'a server exits', timeoutMs: STOP_DEADLINE_MS });
  await late.catch(() => child.kill('SIGKILL'));
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
  return true;
}
