import { describe, expect } from 'vitest';
import type { ContractTest, WordReader } from './contract-test.ts';

export function describeFollow(it: ContractTest): void {
  describe('follow', () => {
    it('reads existing entries first and then new ones, in order', async ({
      publishWords,
      followWords,
    }) => {
      await publishWords('one', 'two', 'three');
      const reader = followWords();
      await reader.caughtUp();
      await publishWords('four', 'five');
      await reader.untilRead('five');
      expect(reader.words).toEqual(['one', 'two', 'three', 'four', 'five']);
    });

    it('has passed all existing entries to the handler when it has caught up', async ({
      bus,
      topology,
      readToEnd,
    }) => {
      // more than one delivery of the broker
      const words = Array.from({ length: 1_500 }, (_, index) => String(index));
      await Promise.all(words.map((word) => bus.publish(topology.wordSaid, { word })));
      const { words: read } = await readToEnd();
      expect(read).toEqual(words);
    });

    it('catches up with an empty log', async ({ readToEnd }) => {
      const { words } = await readToEnd();
      expect(words).toEqual([]);
    });

    it('gives every follower the same positions, in ascending order', async ({
      publishWords,
      readToEnd,
    }) => {
      await publishWords('one', 'two', 'three');
      const [first, second] = [await readToEnd(), await readToEnd()];
      const positionsIn = (reader: WordReader) =>
        ['one', 'two', 'three'].map((word) => reader.positionOf(word));
      expect(positionsIn(first)).toEqual(positionsIn(second));
      const offsets = second.entries.map(({ offset }) => offset);
      expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
      expect(first.positionOf('one').fingerprint).toMatch(/^[0-9a-f]{12}$/);
    });

    it('passes a marker to the handler with its offset and without an event', async ({
      readToEnd,
    }) => {
      const { entries } = await readToEnd();
      expect(entries.length).toBeGreaterThan(0);
      expect(entries.every((entry) => entry.event === undefined)).toBe(true);
    });

    it('continues when the handler of gaps throws', async ({ publishWords, readToEnd }) => {
      await publishWords('one');
      const after = { offset: 1_000_000, fingerprint: '0123456789ab' };
      const reader = await readToEnd({
        after,
        onGap() {
          throw new Error('the handler fails');
        },
      });
      expect(reader.words).toEqual(['one']);
    });

    it('continues when the handler of entries throws', async ({ publishWords, followWords }) => {
      const reader = followWords({}, () => {
        throw new Error('the handler fails');
      });
      await publishWords('one', 'two');
      await reader.untilRead('two');
      expect(reader.words).toEqual(['one', 'two']);
    });

    it('passes no entry to the handler after its close', async ({ publishWords, followWords }) => {
      const closed = followWords();
      await closed.caughtUp();
      await closed.close();
      const open = followWords();
      await publishWords('one');
      await open.untilRead('one');
      expect(closed.words).toEqual([]);
    });

    it('rejects caughtUp when it is closed before', async ({ bus, topology }) => {
      const follower = bus.follow(topology.log, () => {});
      await follower.close();
      await expect(follower.caughtUp).rejects.toMatchObject({ code: 'CLOSED' });
    });
  });
}
