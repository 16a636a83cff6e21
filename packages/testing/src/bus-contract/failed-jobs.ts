import { PermanentError, PostponeError } from '@quotewire/bus';
import { describe, expect } from 'vitest';
import { eventually, within } from '../eventually.ts';
import type { ContractTest } from './contract-test.ts';

export function describeFailedJobs(it: ContractTest): void {
  describe('a failed job', () => {
    it('is redelivered as the same event', async ({ bus, topology, deadLetters }) => {
      const ids: string[] = [];
      bus.consume(topology.queue, async ({ id }) => {
        ids.push(id);
        if (ids.length === 1) throw new Error('temporary failure');
      });
      const { id } = await bus.publish(topology.pageRequested, { page: 1 });
      await eventually(() => ids.length === 2, { what: 'the job is redelivered' });
      expect(ids).toEqual([id, id]);
      await bus.close();
      expect(await deadLetters()).toEqual([]);
    });

    it('has isRepeat set after a failed attempt, and not after a postponement', async ({
      bus,
      topology,
      publishPages,
    }) => {
      const repeats: boolean[] = [];
      bus.consume(topology.queue, async (_event, { isRepeat }) => {
        repeats.push(isRepeat);
        if (repeats.length === 1) throw new PostponeError('not now');
        if (repeats.length === 2) throw new Error('temporary failure');
      });
      await publishPages(1);
      await eventually(() => repeats.length === 3, { what: 'the job is done' });
      expect(repeats).toEqual([false, false, true]);
    });

    it('is dead-lettered after its last retry', async ({ bus, topology, firstDeadLetter }) => {
      let attempts = 0;
      bus.consume(topology.queue, async () => {
        attempts += 1;
        throw new Error('never');
      });
      const { id } = await bus.publish(topology.pageRequested, { page: 1 });
      const { body, reason } = await firstDeadLetter();
      expect(reason).toBe('exhausted');
      expect(JSON.parse(body.toString())).toMatchObject({ id, data: { page: 1 } });
      expect(attempts).toBe(1 + topology.queue.retryDelaysMs.length);
    });

    it('is dead-lettered at once after a permanent error', async ({
      bus,
      topology,
      firstDeadLetter,
      publishPages,
    }) => {
      let attempts = 0;
      bus.consume(topology.queue, async () => {
        attempts += 1;
        throw new PermanentError('gone');
      });
      await publishPages(1);
      expect((await firstDeadLetter()).reason).toBe('permanent');
      expect(attempts).toBe(1);
    });

    it('may be postponed any number of times, which counts no attempt', async ({
      bus,
      topology,
      deadLetters,
      publishPages,
    }) => {
      let deliveries = 0;
      const postponements = topology.queue.retryDelaysMs.length + 2;
      const { promise: done, resolve } = Promise.withResolvers<void>();
      bus.consume(topology.queue, async () => {
        deliveries += 1;
        if (deliveries <= postponements) throw new PostponeError('not now');
        resolve();
      });
      await publishPages(1);
      await within(done, { what: 'the job is done' });
      expect(deliveries).toBe(postponements + 1);
      expect(await deadLetters()).toEqual([]);
    });

    it('does not delay the next job', async ({ bus, topology, publishPages }) => {
      const done: number[] = [];
      bus.consume(topology.queue, async ({ data }) => {
        if (data.page === 1) throw new PermanentError('bad page');
        done.push(data.page);
      });
      await publishPages(1, 2);
      await eventually(() => done.length > 0, { what: 'the next job is done' });
      expect(done).toEqual([2]);
    });
  });
}
