import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ErlangNode, evaluateOn, findErlCall } from './erlang-node.ts';
import { eventually } from './eventually.ts';
import { freePorts } from './free-ports.ts';
import { isExecutable, onPath } from './on-path.ts';
import {
  endChild,
  nodeEnvironment,
  type RabbitMqNode,
  startRabbitMqNode,
} from './rabbitmq-node.ts';
import type { Rabbitmqctl } from './vhosts.ts';

/** Not Debian's scripts in /usr/sbin, which switch to another user and drop the environment. */
const DEBIAN_SCRIPTS = '/usr/lib/rabbitmq/bin';
/** A quorum queue that's younger may not survive its node's death. */
const DURABLE_AFTER_MS = 4_000;
/** RabbitMQ's default share of the machine's memory. */
const DEFAULT_WATERMARK = '0.4';
/** Below the memory use of any node. */
const ALARMING_WATERMARK = '0.00001';

/** A RabbitMQ node of our own, in a temporary folder and on free ports of 127.0.0.1. */
export interface PrivateBroker extends Pick<
  RabbitMqNode,
  'kill9' | 'pause' | 'resume' | 'restart' | 'end'
> {
  readonly url: string;
  readonly rabbitmqctl: Rabbitmqctl;
  /** Its Erlang node, which answers only while it runs. */
  readonly node: ErlangNode;
  /** Raises or clears the memory alarm, which blocks publishers. */
  setMemoryAlarm(isOn: boolean): Promise<void>;
  /** Resolves when queues declared at that time (`Date.now()`) survive a kill. */
  untilDurable(declaredAt: number): Promise<void>;
  /** Ends it, keeps a copy of what it has stored, and starts it again. */
  saveDisk(): Promise<void>;
  /** Puts the copy in place of what the node, which must not run, has stored since. */
  restoreDisk(): Promise<void>;
  /** Ends it and removes its files. Idempotent. */
  stop(): Promise<void>;
}

/** Returns the folder of RabbitMQ's scripts; undefined unless everything for a private node is installed. */
export function findRabbitMqScripts(): string | undefined {
  if (findErlCall() === undefined) return undefined;
  if (isExecutable(join(DEBIAN_SCRIPTS, 'rabbitmq-server'))) return DEBIAN_SCRIPTS;
  const server = onPath('rabbitmq-server');
  return server === undefined ? undefined : dirname(server);
}

/** Starts a private broker; resolves when it answers. `featureFlags`, if given, are all that it has. */
export async function startPrivateBroker({
  featureFlags,
}: { featureFlags?: readonly string[] } = {}): Promise<PrivateBroker> {
  const scripts = findRabbitMqScripts();
  const erlCall = findErlCall();
  if (scripts === undefined || erlCall === undefined)
    throw new Error('rabbitmq-server is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'quotewire-broker-'));
  const [amqp = 0, epmdPort = 0, dist = 0] = await freePorts(3);
  const env = nodeEnvironment({
    scripts,
    folder,
    name: `quotewire${amqp}@localhost`,
    address: '127.0.0.1',
    ports: { amqp, epmd: epmdPort, dist },
  });
  if (featureFlags !== undefined) env.RABBITMQ_FEATURE_FLAGS = featureFlags.join(',');
  // without a running epmd, the node would start one that outlives it
  const epmd = spawn('epmd', [], { env, stdio: 'ignore' });
  let server: RabbitMqNode;
  try {
    const settings = [`listeners.tcp.1 = 127.0.0.1:${amqp}`];
    server = await startRabbitMqNode({ scripts, folder, env, settings });
  } catch (error) {
    await endChild(epmd);
    throw error;
  }
  let stopping: Promise<void> | undefined;
  const disk = join(folder, 'mnesia');
  const copy = join(folder, 'saved-mnesia');

  async function stop(): Promise<void> {
    // its files are deleted: there's nothing to close
    await server.kill9();
    await endChild(epmd);
    process.off('exit', abandon);
    await rm(folder, { recursive: true, force: true });
  }

  function abandon(): void {
    server.abandon();
    epmd.kill('SIGKILL');
  }
  process.on('exit', abandon);

  const node = { erlCall, address: `127.0.0.1:${dist}`, home: env.HOME ?? '' };

  return {
    ...server,
    url: `amqp://guest:guest@127.0.0.1:${amqp}`,
    rabbitmqctl: { path: join(scripts, 'rabbitmqctl'), env },
    node,
    async setMemoryAlarm(isOn) {
      const share = isOn ? ALARMING_WATERMARK : DEFAULT_WATERMARK;
      await evaluateOn(node, `ok = vm_memory_monitor:set_vm_memory_high_watermark(${share})`);
    },
    async untilDurable(declaredAt) {
      await eventually(() => Date.now() - declaredAt > DURABLE_AFTER_MS, {
        what: 'the queues are old enough to survive a kill',
      });
    },
    async saveDisk() {
      await server.end();
      await cp(disk, copy, { recursive: true });
      await server.restart();
    },
    async restoreDisk() {
      await rm(disk, { recursive: true });
      await cp(copy, disk, { recursive: true });
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
