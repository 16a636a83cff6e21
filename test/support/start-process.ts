import {
  atFileEnd,
  type ListeningProcess,
  type ProcessOptions,
  type RunningProcess,
  spawnService,
  untilListening,
} from '@quotewire/testing';

export type { ListeningProcess, RunningProcess } from '@quotewire/testing';

/** Starts a service and resolves once it listens, on a free port unless `PORT` is set. */
export function startProcess(
  service: string,
  { env = {} }: ProcessOptions = {},
): Promise<ListeningProcess> {
  return untilListening(spawnProcess(service, { env: { PORT: '0', HOST: '127.0.0.1', ...env } }));
}

/** Starts a service without waiting until it listens. It's killed at the end of the test file. */
export function spawnProcess(service: string, options: ProcessOptions = {}): RunningProcess {
  const started = spawnService(service, options);
  atFileEnd(() => started.kill9());
  return started;
}

/** Starts all services in one process; resolves with their origin once it listens. */
export async function startStandalone(env: ProcessOptions['env'] = {}): Promise<string> {
  const standalone = spawnProcess('standalone', { env: { PORT: '0', HOST: '127.0.0.1', ...env } });
  const line = await standalone.waitForLine((text) => text.startsWith('Quotes live:'), 'its URL');
  return /http:\/\/[^/]+/.exec(line)?.[0] ?? '';
}
