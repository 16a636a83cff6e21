import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  callRabbitmqctl,
  eventually,
  freePorts,
  startPrivateBroker,
  versionOf,
} from '@quotewire/testing';

const run = promisify(execFile);
const BOOT_DEADLINE_MS = 60_000;

/** A private broker. */
export interface SoakBroker {
  readonly url: string;
  readonly version: string;
  /** Runs a command of rabbitmqctl; resolves with its output. */
  ctl(...command: string[]): Promise<string>;
  kill9(): Promise<void>;
  /** Stops the broker cleanly. */
  shutDown(): Promise<void>;
  /** Starts the broker again with its data; resolves when it answers. */
  restart(): Promise<void>;
  /** Stops the broker and deletes its data. */
  stop(): Promise<void>;
}

/** Starts a private node of the installed RabbitMQ, or a container of an image. */
export function startSoakBroker(image?: string): Promise<SoakBroker> {
  return image === undefined ? startNode() : startContainer(image);
}

async function startNode(): Promise<SoakBroker> {
  const broker = await startPrivateBroker();
  const ctl = (...command: string[]) => callRabbitmqctl(broker.rabbitmqctl, ...command);
  return {
    url: broker.url,
    version: await versionOf(broker.url),
    ctl,
    kill9: () => broker.kill9(),
    async shutDown() {
      await ctl('stop');
    },
    restart: () => broker.restart(),
    stop: () => broker.stop(),
  };
}

async function startContainer(image: string): Promise<SoakBroker> {
  const [port = 0] = await freePorts(1);
  const docker = async (...args: string[]) => (await run('docker', args)).stdout.trim();
  const published = `127.0.0.1:${port}:5672`;
  const id = await docker('run', '--detach', '--hostname', 'soak', '--publish', published, image);
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  const untilReachable = () =>
    eventually(() => versionOf(url), {
      what: 'the container answers',
      timeoutMs: BOOT_DEADLINE_MS,
    });
  const stop = async () => {
    await docker('rm', '--force', '--volumes', id);
  };
  try {
    return {
      url,
      version: await untilReachable(),
      ctl: (...command) => docker('exec', id, 'rabbitmqctl', '--quiet', ...command),
      async kill9() {
        await docker('kill', '--signal', 'KILL', id);
      },
      async shutDown() {
        await docker('stop', '--time', '30', id);
      },
      async restart() {
        await docker('start', id);
        await untilReachable();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Raises the memory alarm for a while, which blocks all publishers. */
export async function alarmMemory(broker: SoakBroker, forMs: number): Promise<void> {
  await broker.ctl('set_vm_memory_high_watermark', '0.00001');
  try {
    await delay(forMs);
  } finally {
    await broker.ctl('set_vm_memory_high_watermark', '0.4');
  }
}
