import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { connect } from 'amqplib';
import { onPath } from './on-path.ts';
import { findRabbitMqScripts, startPrivateBroker } from './private-broker.ts';
import {
  callManagement,
  callRabbitmqctl,
  createVhost,
  deleteVhost,
  type VhostMaker,
} from './vhosts.ts';

const run = promisify(execFile);
const IMAGE = 'rabbitmq:4-management';
const MANAGEMENT_PORT = 15_672;
const PROBE_DEADLINE_MS = 5_000;

/** The broker that a run of the tests uses. */
export interface FoundBroker {
  /** Includes the user and password. All test files share its vhost if none can be created. */
  readonly url: string;
  /** Absent without permission to create vhosts. */
  readonly vhostMaker?: VhostMaker;
}

export interface StartedBroker extends FoundBroker {
  /** For people: which one it is. */
  readonly name: string;
  /** Stops the broker if it was started for the tests. */
  stop(): Promise<void>;
}

/** The user's own broker, else one in a container, else a private node of the RabbitMQ that's installed, else none. */
export async function findBroker(): Promise<StartedBroker | undefined> {
  const { AMQP_URL } = process.env;
  if (AMQP_URL) return theUsersBroker(AMQP_URL);
  if (await isDockerRunning()) {
    try {
      return await brokerInContainer();
    } catch (error) {
      console.error(`No broker in a container of ${IMAGE}: ${(error as Error).message}`);
    }
  }
  if (findRabbitMqScripts() !== undefined) return brokerOfThisMachine();
  return undefined;
}

/** What the broker calls itself; rejects when it can't be reached. */
export async function versionOf(url: string): Promise<string> {
  const connection = await connect(url, { timeout: PROBE_DEADLINE_MS });
  const { product, version } = connection.connection.serverProperties;
  await connection.close();
  return `${product} ${version}`;
}

async function theUsersBroker(url: string): Promise<StartedBroker> {
  const vhostMaker = (await probeManagement(url)) ?? (await probeRabbitmqctl(url));
  const where = vhostMaker === undefined ? 'its own vhost, which is emptied' : 'vhosts of our own';
  return {
    url,
    ...(vhostMaker === undefined ? {} : { vhostMaker }),
    name: `AMQP_URL, in ${where}`,
    stop: async () => {},
  };
}

async function brokerInContainer(): Promise<StartedBroker> {
  // n.b. inside a container testcontainers uses the bridge's gateway as the host, which doesn't reach ports of 127.0.0.1
  if (existsSync('/.dockerenv')) process.env.TESTCONTAINERS_HOST_OVERRIDE ??= '127.0.0.1';
  // slow to load, and seldom needed
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts(5672, MANAGEMENT_PORT)
    .withWaitStrategy(Wait.forLogMessage('Server startup complete'))
    .start();
  const host = container.getHost();
  return {
    url: `amqp://guest:guest@${host}:${container.getMappedPort(5672)}`,
    vhostMaker: {
      kind: 'management',
      url: `http://${host}:${container.getMappedPort(MANAGEMENT_PORT)}`,
      user: 'guest',
      password: 'guest',
    },
    name: `a container of ${IMAGE}`,
    stop: async () => {
      await container.stop();
    },
  };
}

async function brokerOfThisMachine(): Promise<StartedBroker> {
  const broker = await startPrivateBroker();
  const { url, node } = broker;
  const vhostMaker = { kind: 'erlang', node, user: 'guest' } as const;
  return {
    url,
    vhostMaker,
    name: 'a private node of the RabbitMQ installed here',
    stop: () => broker.stop(),
  };
}

async function isDockerRunning(): Promise<boolean> {
  try {
    await run('docker', ['version', '--format', '{{.Server.Version}}'], {
      timeout: PROBE_DEADLINE_MS,
    });
    return true;
  } catch {
    return false;
  }
}

async function probeManagement(amqpUrl: string): Promise<VhostMaker | undefined> {
  const { protocol, hostname, port, username, password } = new URL(amqpUrl);
  if (protocol !== 'amqp:') return undefined;
  const maker = {
    kind: 'management',
    url: `http://${hostname}:${MANAGEMENT_PORT}`,
    user: decodeURIComponent(username) || 'guest',
    password: decodeURIComponent(password) || 'guest',
  } as const;
  try {
    const overview = (await callManagement(maker, 'GET', '/api/overview')) as Listening;
    return listensOn(overview, port) && (await canMakeVhosts(maker)) ? maker : undefined;
  } catch {
    return undefined;
  }
}

async function probeRabbitmqctl(amqpUrl: string): Promise<VhostMaker | undefined> {
  const { hostname, port, username } = new URL(amqpUrl);
  const path = onPath('rabbitmqctl');
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname) || path === undefined) {
    return undefined;
  }
  const { PATH = '', HOME = '' } = process.env;
  const rabbitmqctl = { path, env: { PATH, HOME } };
  const maker = {
    kind: 'rabbitmqctl',
    rabbitmqctl,
    user: decodeURIComponent(username) || 'guest',
  } as const;
  try {
    const status = JSON.parse(
      await callRabbitmqctl(rabbitmqctl, 'status', '--formatter', 'json'),
    ) as Listening;
    return listensOn(status, port) && (await canMakeVhosts(maker)) ? maker : undefined;
  } catch {
    return undefined;
  }
}

interface Listening {
  readonly listeners?: readonly { readonly port?: number }[];
}

/** Whether it's the same broker: another node may run on the same host. */
function listensOn({ listeners = [] }: Listening, amqpPort: string): boolean {
  return listeners.some(({ port }) => port === Number(amqpPort || 5672));
}

async function canMakeVhosts(maker: VhostMaker): Promise<boolean> {
  const name = `quotewire-test-${randomUUID()}`;
  await createVhost(name, maker);
  await deleteVhost(name, maker);
  return true;
}
