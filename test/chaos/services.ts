import { setTimeout as delay } from 'node:timers/promises';
import { eventually, type RunningProcess, spawnService, untilListening } from '@quotewire/testing';

const READY_DEADLINE_MS = 90_000;

/** A service that can be killed, stopped and suspended, and restarts at the same address. */
export interface ChaosService {
  readonly url: string;
  /** A description of each exit on SIGTERM with another code than 0. */
  readonly badExits: readonly string[];
  /** Sends SIGKILL, and starts the service again after a pause. */
  kill(pauseMs: number): Promise<void>;
  /** Sends SIGTERM, and starts the service again after a pause. */
  stop(pauseMs: number): Promise<void>;
  /** Sends SIGSTOP, and SIGCONT after a pause. */
  suspend(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts a service at a port of 127.0.0.1, without waiting until it listens. */
export function startChaosService(
  name: string,
  { port, env }: { port: number; env: Readonly<Record<string, string>> },
): ChaosService {
  const badExits: string[] = [];
  const options = { env: { HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'info', ...env } };
  let service: RunningProcess = spawnService(name, options);

  async function startAgain(pauseMs: number): Promise<void> {
    await delay(pauseMs);
    service = spawnService(name, options);
    await untilListening(service);
  }

  return {
    url: `http://127.0.0.1:${port}`,
    badExits,
    async kill(pauseMs) {
      await service.kill9();
      await startAgain(pauseMs);
    },
    async stop(pauseMs) {
      try {
        const code = await service.terminate();
        if (code !== 0)
          badExits.push(`${name}: exit code ${code}\n${service.output.slice(-2_000)}`);
      } catch (error) {
        badExits.push((error as Error).message.slice(-2_000));
        await service.kill9();
      }
      await startAgain(pauseMs);
    },
    async suspend(ms) {
      process.kill(service.pid, 'SIGSTOP');
      await delay(ms);
      process.kill(service.pid, 'SIGCONT');
    },
    close: () => service.kill9(),
  };
}

/** Resolves when a service is ready. */
export async function untilReady({ url }: ChaosService): Promise<void> {
  await eventually(async () => (await fetch(`${url}/readyz`)).ok, {
    what: `${url} is ready`,
    timeoutMs: READY_DEADLINE_MS,
  });
}
