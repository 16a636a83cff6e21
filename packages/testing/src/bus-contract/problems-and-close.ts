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
