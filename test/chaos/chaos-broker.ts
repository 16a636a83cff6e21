import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  callRabbitmqctl,
  eventually,
  freePorts,
  startPrivateBroker,
  versionOf,
} from '@quotewire/testing';
import type { ChaosBroker } from './faults.ts';

const run = promisify(execFile);

const watermark = (isOn: boolean) => ['set_vm_memory_high_watermark', isOn ? '0.00001' : '0.4'];

export interface StartedChaosBroker extends ChaosBroker {
  readonly url: string;
  readonly version: string;
  stop(): Promise<void>;
}

/** Starts a private node of the installed RabbitMQ. */
export async function startChaosNode(): Promise<StartedChaosBroker> {
  const broker = await startPrivateBroker();
  return {
    ...broker,
    version: await versionOf(broker.url),
    async alarm(isOn) {
      await callRabbitmqctl(broker.rabbitmqctl, ...watermark(isOn));
    },
  };
}

/** Starts RabbitMQ in a container. */
export async function startChaosContainer(image: string): Promise<StartedChaosBroker> {
  const [port = 0] = await freePorts(1);
  const docker = async (...args: string[]) => (await run('docker', args)).stdout.trim();
  const id = await docker(
    'run',
    '--detach',
    '--hostname',
    'chaos',
    '--publish',
    `127.0.0.1:${port}:5672`,
    image,
  );
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  const untilReachable = () =>
    eventually(() => versionOf(url), { what: 'the container answers', timeoutMs: 60_000 });
  return {
    url,
    version: await untilReachable(),
    async kill9() {
      await docker('kill', '--signal', 'KILL', id);
    },
    async restart() {
      await docker('start', id);
      await untilReachable();
    },
    async pause() {
      await docker('pause', id);
    },
    async resume() {
      await docker('unpause', id);
    },
    async alarm(isOn) {
      await docker('exec', id, 'rabbitmqctl', ...watermark(isOn));
    },
    async stop() {
      await docker('rm', '--force', '--volumes', id);
    },
  };
}
