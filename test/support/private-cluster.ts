import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  callRabbitmqctl,
  endChild,
  eventually,
  findRabbitMqScripts,
  nodeEnvironment,
  onPath,
  type RabbitMqNode,
  startRabbitMqNode,
} from '@quotewire/testing';
import { unpackImage } from './image-root.ts';
import { createSwitch, holdNamespace, type Namespace, plugInto, runInside } from './namespaces.ts';

const HOSTS = ['node-1', 'node-2', 'node-3'];
const PORTS = { amqp: 5672, epmd: 4369, dist: 25_672 };
/** As in Jepsen's tests of RabbitMQ. By RabbitMQ's default of 60, a silent node is noticed after 45 to 75 s. */
const NET_TICK_SECONDS = 15;

/** A node of a cluster, in a network namespace of its own. */
export interface ClusterNode extends Pick<RabbitMqNode, 'kill9' | 'pause' | 'resume' | 'restart'> {
  /** `name@host`. */
  readonly name: string;
  readonly url: string;
  /** The folder of its data. */
  readonly dataFolder: string;
  /** Runs a command of rabbitmqctl on it; resolves with its output. */
  ctl(...command: string[]): Promise<string>;
}

/** Which nodes a node doesn't hear. */
export type Grudges = ReadonlyMap<ClusterNode, readonly ClusterNode[]>;

/** Three nodes of the installed RabbitMQ, on a network that can be cut between any two of them. */
export interface PrivateCluster {
  readonly nodes: readonly ClusterNode[];
  /** Has nodes drop the packets of others. This process still reaches each node. */
  cut(grudges: Grudges): Promise<void>;
  /** Ends all cuts. */
  heal(): Promise<void>;
  /** Resolves with the node that has the leader of a queue or log. */
  leaderOf(queue: string): Promise<ClusterNode>;
  /** Ends all nodes and deletes their data. */
  stop(): Promise<void>;
}

/** The reason why no cluster can be started here; undefined if one can. */
function whyNoCluster(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces take root';
  const programs = ['epmd', 'ip', 'iptables', 'nsenter', 'unshare'];
  const missing = programs.filter((name) => !onPath(name));
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

/** Starts a cluster; resolves when all nodes are in it. Rejects with the reason where none can be started. */
export async function startPrivateCluster({
  image,
}: {
  /** The image whose RabbitMQ runs, outside of a container. Default: the installed RabbitMQ. */
  image?: string | undefined;
} = {}): Promise<PrivateCluster> {
  const reason = whyNoCluster();
  if (reason !== undefined) throw new Error(`no cluster: ${reason}`);
  const folder = await mkdtemp(join(tmpdir(), 'quotewire-cluster-'));
  const { scripts, path, enter } = await findPrograms(image, folder);
  // of the block for tests of networks. @see https://www.rfc-editor.org/rfc/rfc2544
  const network = `198.18.${process.pid % 256}`;
  const addressOf = (host: string) => `${network}.${HOSTS.indexOf(host) + 11}`;
  const namesFile = join(folder, 'names');
  await writeFile(namesFile, namesOf(HOSTS.map((host) => ({ host, address: addressOf(host) }))));
  const namespaces: Namespace[] = [];
  const nodes: (ClusterNode & { readonly host: string; readonly namespace: Namespace })[] = [];
  const started: RabbitMqNode[] = [];

  function abandon(): void {
    for (const node of started) node.abandon();
    for (const { holder } of namespaces) holder.kill('SIGKILL');
  }
  process.on('exit', abandon);

  async function stop(): Promise<void> {
    await Promise.all(started.map((node) => node.kill9()));
    await Promise.all(namespaces.map(({ holder }) => endChild(holder)));
    process.off('exit', abandon);
    await rm(folder, { recursive: true, force: true });
  }

  async function start(host: string, hub: Namespace): Promise<void> {
    const own = join(folder, host);
    const address = addressOf(host);
    const name = `quotewire@${host}`;
    await mkdir(join(own, 'home'), { recursive: true });
    await writeFile(join(own, 'home/.erlang.cookie'), 'of-a-test', { mode: 0o400 });
    const kernel = `{kernel, [{net_ticktime, ${NET_TICK_SECONDS}}]}`;
    await writeFile(join(own, 'advanced.config'), `[${kernel}].\n`);
    const common = { scripts, folder: own };
    const env: Record<string, string> = {
      ...nodeEnvironment({ ...common, name, address, ports: PORTS }),
      PATH: path,
      ERL_INETRC: namesFile,
    };
    // n.b. epmd listens at all addresses unless it's given one, which its namespace has only later
    const { ERL_EPMD_ADDRESS: _, ...epmdEnv } = env;
    const namespace = await holdNamespace(['epmd'], { ...epmdEnv, PATH: process.env.PATH ?? '' });
    namespaces.push(namespace);
    await plugInto(hub, { namespace, name: host, address });
    const through = [...namespace.enter, ...enter];
    const settings = [
      `listeners.tcp.1 = ${address}:${PORTS.amqp}`,
      'loopback_users = none',
      'cluster_partition_handling = pause_minority',
      // n.b. nodes that start together with a list of all may each begin a cluster
      'cluster_formation.peer_discovery_backend = classic_config',
      `cluster_formation.classic_config.nodes.1 = quotewire@${HOSTS[0]}`,
    ];
    const node = await startRabbitMqNode({ ...common, env, settings, through });
    started.push(node);
    nodes.push({
      ...node,
      host,
      namespace,
      name,
      url: `amqp://guest:guest@${address}:${PORTS.amqp}`,
      dataFolder: join(own, 'mnesia', name),
      ctl: (...command) =>
        callRabbitmqctl({ path: join(scripts, 'rabbitmqctl'), env, through }, ...command),
    });
  }

  try {
    const hub = await createSwitch();
    namespaces.push(hub);
    await plugInto(hub, { name: 'tests', address: `${network}.1` });
    const [first = '', ...others] = HOSTS;
    await start(first, hub);
    await Promise.all(others.map((host) => start(host, hub)));
  } catch (error) {
    await stop();
    throw error;
  }
  nodes.sort((a, b) => a.host.localeCompare(b.host));

  return {
    nodes,
    async cut(grudges) {
      for (const node of nodes) {
        for (const { url } of grudges.get(node) ?? []) {
          const rule = ['--append', 'INPUT', '--source', new URL(url).hostname, '--jump', 'DROP'];
          await runInside(node.namespace, 'iptables', ...rule);
        }
      }
    },
    async heal() {
      for (const { namespace } of nodes) await runInside(namespace, 'iptables', '--flush', 'INPUT');
    },
    leaderOf: (queue) =>
      eventually(
        async () => {
          for (const node of nodes) {
            const list = await node.ctl('list_queues', '--no-table-headers', 'name', 'leader');
            const lines = list.split('\n').map((line) => line.trim().split('\t'));
            const [, leader] = lines.find(([name]) => name === queue) ?? [];
            const found = nodes.find(({ name }) => name === leader);
            if (found !== undefined) return found;
          }
          return undefined;
        },
        { what: `${queue} has a leader` },
      ),
    stop,
  };
}

/** Finds the installed RabbitMQ, or unpacks the one of an image into the folder. */
async function findPrograms(image: string | undefined, folder: string) {
  if (image !== undefined) return unpackImage(image, { folder, shared: folder });
  const scripts = findRabbitMqScripts();
  if (scripts === undefined) throw new Error('no cluster: rabbitmq-server is not installed');
  return { scripts, path: `${scripts}:${process.env.PATH ?? ''}`, enter: [] };
}

/** Erlang's own table of hosts, so that the machine's isn't touched. @see https://www.erlang.org/doc/apps/erts/inet_cfg.html */
function namesOf(hosts: readonly { host: string; address: string }[]): string {
  // rabbitmqctl runs as a node of this machine
  const here = { host: hostname().split('.', 1)[0] ?? '', address: '127.0.0.1' };
  const entries = [...hosts, here].map(
    ({ host, address }) => `{host, {${address.replaceAll('.', ',')}}, ["${host}"]}.`,
  );
  return ['{lookup, [file]}.', ...entries, ''].join('\n');
}
