import { describe, expect } from 'vitest';
import { within } from '../eventually.ts';
import type { ContractTest } from './contract-test.ts';

export function describeLock(it: ContractTest): void {
  describe('tryLock', () => {
    it('grants a lock to one holder at a time', async ({ bus, topology }) => {
      const lock = await bus.tryLock(topology.lockName);
      expect(lock).toBeDefined();
      expect(await bus.tryLock(topology.lockName)).toBeUndefined();
      await lock?.release();
      expect(await lock?.lost).toBe('released');
      expect(await bus.tryLock(topology.lockName)).toBeDefined();
    });

    it("keeps the next holder's lock when the previous one releases twice", async ({
      bus,
      topology,
    }) => {
      const first = await bus.tryLock(topology.lockName);
      await first?.release();
      await bus.tryLock(topology.lockName);
      await first?.release();
      expect(await bus.tryLock(topology.lockName)).toBeUndefined();
    });

    it('reports a lock as lost when the bus closes', async ({ bus, topology }) => {
      const lock = await bus.tryLock(topology.lockName);
      await bus.close();
      await within(lock?.lost ?? Promise.resolve('there was none'), { what: 'the lock is lost' });
      await expect(bus.tryLock(topology.lockName)).rejects.toMatchObject({ code: 'CLOSED' });
    });
  });
}
