import { PermanentError, retryQueueName } from '@quotewire/bus';
import { describe, expect } from 'vitest';
import { eventually } from '../eventually.ts';
import type { ContractTest } from './contract-test.ts';

export function describeProblemsAndClose(it: ContractTest): void {
  describe('problems', () => {
    it('is empty while everything works', async ({ bus, topology, followWords }) => {
      bus.consume(topology.queue, async () => {});
      await followWords().caughtUp();
      const hasNone = () => bus.problems().length === 0;
      await eventually(hasNone, { what: 'the bus reports no problem' });
      expect(bus.problems()).toEqual([]);
    });

    it('names a log that has not been read to its end', ({ bus, topology, followWords }) => {
      followWords();
      expect(bus.problems().join()).toContain(topology.log.name);
    });

    it('reports that the bus is closed', async ({ bus }) => {
      await bus.close();
      expect(bus.problems().join()).toContain('closed');
    });
  });

  describe('status', () => {
    it('tells where each follower is in its log', async ({ bus, topology, followWords }) => {
      const reader = followWords();
      expect(bus.status().logs).toMatchObject([{ log: topology.log.name, isCaughtUp: false }]);
      await reader.caughtUp();
      const { time } = await bus.publish(topology.wordSaid, { word: 'last' });
      await reader.untilRead('last');
      const [status] = bus.status().logs;
      expect(status).toEqual({
        log: topology.log.name,
        isCaughtUp: true,
        offset: reader.positionOf('last').offset,
        publishedAtMs: Date.parse(time),
      });
    });
  });

  describe('measureQueues', () => {
    it('counts the jobs that wait, those that wait for a retry, the dead letters and the consumers', async ({
      bus,
      topology,
      publishPages,
    }) => {
      const { queue } = topology;
      const depthOf = async (use: string) =>
        (await bus.measureQueues()).filter((depth) => depth.use === use);
      const counted = (use: string, messages: number) =>
        eventually(async () => (await depthOf(use)).some((depth) => depth.messages === messages), {
          what: `${messages} messages are counted for ${use}`,
        });
      await publishPages(1, 2);
      await counted('work', 2);
      expect(await depthOf('work')).toEqual([
        { queue: queue.name, use: 'work', messages: 2, consumers: 0 },
      ]);
      expect((await depthOf('retry')).map(({ queue: name }) => name)).toEqual(
        queue.retryDelaysMs.map((delayMs) => retryQueueName(queue, delayMs)),
      );
      bus.consume(queue, async () => {
        throw new PermanentError('gone');
      });
      await counted('dead-letter', 2);
      await counted('work', 0);
      expect(await depthOf('work')).toMatchObject([{ consumers: 1 }]);
    });
  });

  describe('close', () => {
    it('resolves when it is called again', async ({ bus }) => {
      await bus.close();
      await expect(bus.close()).resolves.toBeUndefined();
    });

    it('resolves when it is called twice at once', async ({ bus, topology, followWords }) => {
      followWords();
      bus.consume(topology.queue, async () => {});
      await expect(Promise.all([bus.close(), bus.close()])).resolves.toBeDefined();
    });
  });
}
