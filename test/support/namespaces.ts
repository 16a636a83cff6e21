import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { eventually } from '@quotewire/testing';

const run = promisify(execFile);

/** A network namespace of Linux. It lasts as long as the process that holds it, and its links with it. */
export interface Namespace {
  readonly holder: ChildProcess;
  /** The command that runs another one inside. */
  readonly enter: readonly string[];
}

/** Starts a process in a new network namespace. */
export async function holdNamespace(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Namespace> {
  const holder = spawn('unshare', ['--net', '--', ...command], {
    env: { PATH: process.env.PATH, ...env },
    stdio: 'ignore',
  });
  const namespace = { holder, enter: ['nsenter', `--net=/proc/${holder.pid}/ns/net`, '--'] };
  const own = await readlink('/proc/self/ns/net');
  await eventually(async () => (await readlink(`/proc/${holder.pid}/ns/net`)) !== own, {
    what: 'a process enters its network namespace',
  });
  await runInside(namespace, 'ip', 'link', 'set', 'lo', 'up');
  return namespace;
}

/** Runs a command in a namespace, or else in this process's. */
export async function runInside(
  namespace: Namespace | undefined,
  ...command: string[]
): Promise<void> {
  const [program = '', ...args] = [...(namespace?.enter ?? []), ...command];
  await run(program, args);
}

/** Makes the namespace of a process a switch, to which others are connected. */
export async function createSwitch(): Promise<Namespace> {
  const hub = await holdNamespace(['sleep', 'infinity']);
  await runInside(hub, 'ip', 'link', 'add', 'hub', 'type', 'bridge');
  await runInside(hub, 'ip', 'link', 'set', 'hub', 'up');
  return hub;
}

/** Connects a namespace, or else this process's, with a switch, under a name of up to 15 characters there. */
export async function plugInto(
  hub: Namespace,
  { namespace, name, address }: { namespace?: Namespace; name: string; address: string },
): Promise<void> {
  // n.b. the names of links are at most 15 characters long
  const end = namespace === undefined ? `quotewire${process.pid % 1_000_000}` : 'uplink';
  const owner = String(namespace?.holder.pid ?? process.pid);
  const peer = ['type', 'veth', 'peer', 'name', end, 'netns', owner];
  await runInside(hub, 'ip', 'link', 'add', name, ...peer);
  await runInside(hub, 'ip', 'link', 'set', name, 'master', 'hub', 'up');
  await runInside(namespace, 'ip', 'address', 'add', `${address}/24`, 'dev', end);
  await runInside(namespace, 'ip', 'link', 'set', end, 'up');
}
