import { setTimeout as delay } from 'node:timers/promises';
import { eventually, oneOf, versionOf } from '@quotewire/testing';
import type { ClusterNode, Grudges, PrivateCluster } from '../support/private-cluster.ts';
import type { Fault, Faults } from './faults.ts';
import { history } from './topology.ts';

const REJOIN_DEADLINE_MS = 60_000;

type Random = () => number;

/**
 * The faults of a cluster. The partitions have the names of Jepsen's tests of RabbitMQ, and last as
 * long; they separate nodes from each other, never clients from nodes. `onTrouble` is called
 * with what goes on worse than it should: a node that doesn't come back by itself within a minute after
 * a fault, and is restarted, and a leader that nobody knows.
 *
 * @see https://github.com/rabbitmq/jepsen
 */
export function clusterFaultsWith(
  cluster: PrivateCluster,
  { onTrouble }: { onTrouble: (trouble: string) => void },
): Faults {
  const { nodes } = cluster;

  /** Waits until a node answers, and restarts one that doesn't, as an operator would. */
  async function rejoin(node: ClusterNode): Promise<void> {
    const answers = eventually(() => versionOf(node.url), {
      what: `${node.name} answers`,
      timeoutMs: REJOIN_DEADLINE_MS,
    });
    await answers.catch(async () => {
      onTrouble(`${node.name} doesn't come back, and is restarted`);
      await node.kill9();
      await node.restart();
    });
  }

  /** Waits until all nodes answer and the cluster confirms again, so that each pause has one cause. */
  const settled =
    (fault: Fault): Fault =>
    async (targets) => {
      await fault(targets);
      for (const node of nodes) await rejoin(node);
      await targets.untilConfirming();
    };
  const partitionBy = (grudgesOf: (random: Random) => Grudges): Fault =>
    settled(async ({ random }) => {
      await cluster.cut(grudgesOf(random));
      await delay(10_000 + random() * 20_000);
      await cluster.heal();
    });
  const killed = (choose: (random: Random) => Promise<ClusterNode>): Fault =>
    settled(async ({ random }) => {
      const node = await choose(random);
      await node.kill9();
      await delay(random() * 5_000);
      await node.restart();
    });

  /** The node with the leader of the log, or any if RabbitMQ doesn't say. */
  const leaderOr = (random: Random) =>
    cluster.leaderOf(history.name).catch(() => {
      onTrouble('nobody knows the leader, and any node is taken');
      return oneOf(nodes, random);
    });

  return {
    'partition-random-node': partitionBy((random) => {
      const [alone, ...others] = shuffled(nodes, random);
      return between([alone], others);
    }),
    'partition-halves': partitionBy(() => between(nodes.slice(0, 1), nodes.slice(1))),
    'random-partition-halves': partitionBy((random) => {
      const mixed = shuffled(nodes, random);
      return between(mixed.slice(0, 1), mixed.slice(1));
    }),
    'partition-majorities-ring': partitionBy((random) => ring(shuffled(nodes, random))),
    'node killed': killed(async (random) => oneOf(nodes, random)),
    'leader killed': killed(leaderOr),
    'leader frozen': settled(async ({ random }) => {
      const leader = await leaderOr(random);
      leader.pause();
      await delay(10_000 + random() * 30_000);
      leader.resume();
    }),
  };
}

/** Separates two groups of nodes. */
export function between<T>(
  some: readonly (T | undefined)[],
  others: readonly (T | undefined)[],
): Map<T, readonly T[]> {
  const isNode = (node: T | undefined): node is T => node !== undefined;
  const [left, right] = [some.filter(isNode), others.filter(isNode)];
  return new Map([
    ...left.map((node) => [node, right] as const),
    ...right.map((node) => [node, left] as const),
  ]);
}

/**
 * Each node hears a majority, and no two hear the same one: of three, each is deaf to the next one.
 * n.b. TCP needs both directions, so that three nodes lose all connections to each other.
 */
export function ring<T>(nodes: readonly T[]): Map<T, readonly T[]> {
  const heard = Math.floor(nodes.length / 2) + 1;
  const following = (index: number) =>
    Array.from(
      { length: nodes.length - heard },
      (_, step) => nodes[(index + step + 1) % nodes.length],
    );
  return new Map(
    nodes.map((node, index) => [node, following(index).filter((one) => one !== undefined)]),
  );
}

function shuffled<T>(all: readonly T[], random: Random): T[] {
  return all
    .map((one) => ({ one, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
}
