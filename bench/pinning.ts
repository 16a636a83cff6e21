import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const CORES = { server: '0', client: '1' };

/** Returns why processes can't be pinned to a core, or undefined. */
export function missingPinning(): string | undefined {
  if (availableParallelism() < 2) return 'there is one core for servers and subscribers';
  const { error } = spawnSync('taskset', ['--version']);
  return error === undefined ? undefined : 'taskset is not installed';
}

let isOn = false;

/** Pins this process, the client, to the second core, and later servers to the first. */
export function pinClient(): void {
  const { status, stderr } = spawnSync(
    'taskset',
    ['-a', '-c', '-p', CORES.client, String(process.pid)],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`taskset can't pin this process: ${stderr.trim()}`);
  isOn = true;
}

/** Returns a command line that pins its process to one core, if pinning is enabled. */
export function pinned(role: keyof typeof CORES, commandLine: readonly string[]): string[] {
  return isOn ? ['taskset', '-c', CORES[role], ...commandLine] : [...commandLine];
}
