import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const CORES = { server: '0', client: '1' };

/** Why processes can't be kept on one core each, if so. */
export function missingPinning(): string | undefined {
  if (availableParallelism() < 2) return 'there is one core for servers and subscribers';
  const { error } = spawnSync('taskset', ['--version']);
  return error === undefined ? undefined : 'taskset is not installed';
}

let isOn = false;

/** Keeps this process, which is the client, on the second core, and the servers to come on the first. */
export function pinClient(): void {
  const { status, stderr } = spawnSync(
    'taskset',
    ['-a', '-c', '-p', CORES.client, String(process.pid)],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`taskset can't pin this process: ${stderr.trim()}`);
  isOn = true;
}

/** A command line that keeps its process on one core, where pinning is on. */
export function pinned(role: keyof typeof CORES, commandLine: readonly string[]): string[] {
  return isOn ? ['taskset', '-c', CORES[role], ...commandLine] : [...commandLine];
}
