import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { eventually, freePorts, within } from '@quotewire/testing';
import { type ContenderName, contenders } from './contender.ts';
import { pinned } from './pinning.ts';

/** The kernel's clock ticks per second, its unit of CPU time: `getconf CLK_TCK`. */
const TICKS_PER_SECOND = 100;
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
    cpuSeconds: () => sum(family(pid).map(cpuTicksOf)) / TICKS_PER_SECOND,
    rssBytes: () => sum(family(pid).map(rssBytesOf)),
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

/** Returns a process and its children. */
function family(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return [pid, ...children.split(' ').filter(Boolean).map(Number)];
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function cpuTicksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // n.b. the name in parentheses may contain spaces; utime and stime are fields 14 and 15
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function rssBytesOf(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
