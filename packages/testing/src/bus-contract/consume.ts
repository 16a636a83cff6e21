import { describe, expect } from 'vitest';
import { eventually, within } from '../eventually.ts';
import { type ContractTest, ROUND_TRIPS } from './contract-test.ts';

export function describeConsume(it: ContractTest): void {
  describe('consume', () => {
    it('shares the jobs of a queue among its consumers, each done once', async ({
      bus,
      topology,
      publishPages,
    }) => {
      const done: { by: string; page: number }[] = [];
      const bothBusy = Promise.withResolvers<void>();
      const busy = new Set<string>();
      for (const by of ['first', 'second']) {
        bus.consume(topology.queue, async ({ data }) => {
          busy.add(by);
          if (busy.size === 2) bothBusy.resolve();
          await bothBusy.promise;
          done.push({ by, page: data.page });
        });
      }
      await publishPages(1, 2, 3, 4, 5, 6);
      await eventually(() => done.length >= 6, { what: 'six jobs are done' });
      await bus.close();
      expect(done.map(({ page }) => page).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(new Set(done.map(({ by }) => by))).toEqual(new Set(['first', 'second']));
    });

    it('runs no more jobs at once than its concurrency', async ({
      bus,
      topology,
      publishPages,
    }) => {
      let inProgress = 0;
      const levels: number[] = [];
      const twoInProgress = Promise.withResolvers<void>();
      const work = async () => {
        inProgress += 1;
        levels.push(inProgress);
        if (inProgress === 2) twoInProgress.resolve();
        await twoInProgress.promise;
        await Promise.resolve();
        inProgress -= 1;
      };
      await publishPages(1, 2, 3, 4, 5, 6);
      bus.consume(topology.queue, work, { concurrency: 2 });
      await eventually(() => levels.length === 6, { what: 'six jobs have started' });
      expect(Math.max(...levels)).toBe(2);
    });

    it('waits on close for the jobs in progress', async ({
      bus,
      topology,
      publishPages,
      publishWords,
    }) => {
      const order: string[] = [];
      const started = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const consumer = bus.consume(topology.queue, async () => {
        started.resolve();
        await release.promise;
        order.push('done');
      });
      await publishPages(1);
      await within(started.promise, { what: 'the job starts' });
      const closing = consumer.close().then(() => order.push('closed'));
      await publishWords(...ROUND_TRIPS);
      release.resolve();
      await within(closing, { what: 'the consumer closes' });
      expect(order).toEqual(['done', 'closed']);
    });

    it('lets the jobs in progress publish while the bus closes', async ({
      bus,
      topology,
      publishPages,
      publishWords,
    }) => {
      const started = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const published = Promise.withResolvers<string>();
      bus.consume(topology.queue, async () => {
        started.resolve();
        await release.promise;
        await publishWords('last').then(() => published.resolve('published'), published.reject);
      });
      await publishPages(1);
      await within(started.promise, { what: 'the job starts' });
      const closing = bus.close();
      release.resolve();
      await within(closing, { what: 'the bus closes' });
      await expect(published.promise).resolves.toBe('published');
    });

    it('leaves jobs that arrive after its close to other consumers', async ({
      bus,
      topology,
      publishPages,
    }) => {
      const doneBy: string[] = [];
      const closed = bus.consume(topology.queue, async () => {
        doneBy.push('closed');
      });
      await closed.close();
      await publishPages(1, 2);
      bus.consume(topology.queue, async () => {
        doneBy.push('open');
      });
      await eventually(() => doneBy.length === 2, { what: 'two jobs are done' });
      expect(doneBy).toEqual(['open', 'open']);
    });

    it('leaves jobs that arrive while it closes to other consumers', async ({
      bus,
      topology,
      publishPages,
      publishWords,
    }) => {
      const started = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const slow = async () => {
        started.resolve();
        await release.promise;
      };
      const closing = bus.consume(topology.queue, slow, { concurrency: 2 });
      await publishPages(1);
      await within(started.promise, { what: 'the job starts' });
      const closed = closing.close();
      await publishWords(...ROUND_TRIPS);
      const done: number[] = [];
      bus.consume(topology.queue, async ({ data }) => {
        done.push(data.page);
      });
      await publishPages(2, 3, 4);
      await eventually(() => done.length === 3, { what: 'the other consumer does three jobs' });
      release.resolve();
      await closed;
      expect(done).toEqual([2, 3, 4]);
    });
  });
}
