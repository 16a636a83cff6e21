import { execFile } from 'node:child_process';
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

/** A private broker that faults can be injected into. */
export interface FaultyBroker {
  readonly url: string;
  readonly version: string;
  /** Runs a command of rabbitmqctl; resolves with its output. */
  ctl(...command: string[]): Promise<string>;
  kill9(): Promise<void>;
  /** Stops the broker cleanly. */
  shutDown(): Promise<void>;
  /** Starts the broker again with its data; resolves when it answers. */
  restart(): Promise<void>;
  /** Suspends the broker until `resume()`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Raises or clears the memory alarm, which blocks publishers. */
  alarm(isOn: boolean): Promise<void>;
  /** Stops the broker and deletes its data. */
  stop(): Promise<void>;
}

/** Starts a private node of the installed RabbitMQ, or a container of an image. */
export function startFaultyBroker(image?: string): Promise<FaultyBroker> {
  return image === undefined ? startNode() : startContainer(image);
}

async function startNode(): Promise<FaultyBroker> {
  const broker = await startPrivateBroker();
  const ctl = (...command: string[]) => callRabbitmqctl(broker.rabbitmqctl, ...command);
  return {
    url: broker.url,
    version: await versionOf(broker.url),
    ctl,
    kill9: () => broker.kill9(),
    shutDown: () => broker.end(),
    restart: () => broker.restart(),
    pause: async () => broker.pause(),
    resume: async () => broker.resume(),
    alarm: (isOn) => broker.setMemoryAlarm(isOn),
    stop: () => broker.stop(),
  };
}

async function startContainer(image: string): Promise<FaultyBroker> {
  const [port = 0] = await freePorts(1);
  const docker = async (...args: string[]) => (await run('docker', args)).stdout.trim();
  const published = `127.0.0.1:${port}:5672`;
  const id = await docker('run', '--detach', '--hostname', 'faulty', '--publish', published, image);
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  const untilReachable = () =>
    eventually(() => versionOf(url), {
      what: 'the container answers',
      timeoutMs: BOOT_DEADLINE_MS,
    });
  const ctl = (...command: string[]) => docker('exec', id, 'rabbitmqctl', '--quiet', ...command);
  const stop = async () => {
    await docker('rm', '--force', '--volumes', id);
  };
  try {
    return {
      url,
      version: await untilReachable(),
      ctl,
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
      async pause() {
        await docker('pause', id);
      },
      async resume() {
        await docker('unpause', id);
      },
      async alarm(isOn) {
        await ctl('set_vm_memory_high_watermark', isOn ? '0.00001' : '0.4');
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
