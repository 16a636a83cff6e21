import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRabbitMq } from '@quotewire/bus';
import { quoteScraped, quotesLog, topologyOf } from '@quotewire/events';
import { eventually, silentLogger, within } from '@quotewire/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openStream } from './support/open-stream.ts';
import {
  type ClusterNode,
  type PrivateCluster,
  startPrivateCluster,
  whyNoCluster,
} from './support/private-cluster.ts';
import {
  connectPublisher,
  gapsOn,
  numberOf,
  numbersOn,
  range,
  receives,
  startQuoteStream,
} from './support/quote-stream.ts';

const reason = whyNoCluster();
if (reason !== undefined)
  process.stderr.write(`SKIPPED: a cluster that reuses offsets: ${reason}.\n`);

/**
 * RabbitMQ's streams don't fsync: a node that loses power comes back with an older log, and together
 * with a node that lags it may outvote the only one that still has the confirmed entries. Their
 * offsets are then given to others.
 */
describe.runIf(reason === undefined)(
  'a cluster that loses confirmed quotes and reuses their offsets',
  () => {
    let cluster: PrivateCluster;

    beforeAll(async () => {
      // n.b. a node that pauses itself would end the test's way to lag behind
      cluster = await startPrivateCluster({ partitionHandling: 'ignore' });
    });
    afterAll(() => cluster?.stop());

    function publishThrough({ url }: ClusterNode) {
      const publisher = connectPublisher(url);
      onTestFinished(() => publisher.close());
      return publisher;
    }

    /** Resolves with the numbers of the quotes in a node's replica of the log, once it has the given one. */
    async function readFrom({ url }: ClusterNode, last: number): Promise<number[]> {
      const topology = topologyOf();
      const bus = connectRabbitMq({ url, name: 'test', topology, logger: silentLogger });
      const numbers: number[] = [];
      const found = Promise.withResolvers<void>();
      bus.follow(quotesLog, ({ event }) => {
        if (event?.type === quoteScraped.type) numbers.push(numberOf(event.data));
        if (numbers.at(-1) === last) found.resolve();
      });
      try {
        await within(found.promise, { what: `the replica has quote ${last}`, timeoutMs: 60_000 });
        return numbers;
      } finally {
        await bus.close();
      }
    }

    async function open(url: string, cursor?: string) {
      const headers: Record<string, string> =
        cursor === undefined ? {} : { 'last-event-id': cursor };
      const stream = await openStream(`${url}/quoteEvent`, { headers });
      onTestFinished(() => stream.close());
      return stream;
    }

    it('has every browser that knows a lost quote told of a gap, never sent on with other quotes', async () => {
      const saved = await mkdtemp(join(tmpdir(), 'quotewire-replica-'));
      onTestFinished(() => rm(saved, { recursive: true, force: true }));
      const declaring = publishThrough(cluster.nodes[0] as ClusterNode);
      await declaring.publish(range(1, 5));
      const leader = await cluster.leaderOf(quotesLog.name);
      const [failing, lagging] = cluster.nodes.filter((node) => node !== leader);
      if (failing === undefined || lagging === undefined)
        throw new Error('the cluster is too small');
      for (const node of cluster.nodes) await readFrom(node, 5);

      const followsLost = await startQuoteStream({ AMQP_URL: failing.url, DRAIN_SECONDS: '0' });
      const connected = await open(followsLost.url);
      await cp(join(failing.dataFolder, 'stream'), saved, { recursive: true });
      await cluster.cut(
        new Map([
          [leader, [lagging]],
          [lagging, [leader]],
        ]),
      );
      await publishThrough(leader).publish(range(6, 15));
      await receives(connected, 15);
      const lost = connected.events.filter(({ event }) => event === 'newQuote');
      expect(numbersOn(connected)).toEqual(range(6, 15));

      await failing.kill9();
      await leader.kill9();
      await rm(join(failing.dataFolder, 'stream'), { recursive: true });
      await cp(saved, join(failing.dataFolder, 'stream'), { recursive: true });
      await cluster.heal();
      await failing.restart();
      const publisher = publishThrough(lagging);
      // an attempt fails while the two elect a leader
      await eventually(() => publisher.publish([101]).then(() => true), {
        what: 'the two nodes confirm a quote',
        timeoutMs: 90_000,
      });
      await publisher.publish(range(102, 130));

      await receives(connected, 130);
      const cursor = lost.at(-1)?.id ?? '';
      expect(gapsOn(connected)).toMatchObject([{ from: cursor, reason: 'other-log' }]);
      expect(new Set(numbersOn(connected).slice(10))).toEqual(
        new Set([...range(1, 5), ...range(101, 130)]),
      );

      const followsOther = await startQuoteStream({ AMQP_URL: lagging.url, DRAIN_SECONDS: '0' });
      const offsetOf = (id = '') => id.split('-', 1)[0];
      const history = await openStream(`${followsOther.url}/quoteEvent?limit=100`);
      onTestFinished(() => history.close());
      await receives(history, 130);
      const offsets = history.events.map(({ id }) => offsetOf(id));
      const reused = lost.filter(({ id }) => offsets.includes(offsetOf(id)));
      expect(reused.length).toBeGreaterThan(0);
      for (const { url } of [followsLost, followsOther]) {
        for (const { id = '' } of reused) {
          const resumed = await open(url, id);
          await resumed.waitFor(({ event }) => event === 'gap', 'the gap');
          expect(gapsOn(resumed)).toMatchObject([{ from: id, reason: 'other-log' }]);
          expect(numbersOn(resumed)).toEqual([]);
        }
      }

      await cluster.heal();
      await leader.restart();
      await publisher.publish([201]);
      const replicas = await Promise.all(cluster.nodes.map((node) => readFrom(node, 201)));
      for (const numbers of replicas) expect(numbers).toEqual(replicas[0]);
      expect(replicas[0]).not.toContain(15);
      await receives(connected, 201);
      expect(gapsOn(connected)).toHaveLength(1);
    });
  },
);
