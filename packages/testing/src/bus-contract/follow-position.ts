import type { GapReason } from '@quotewire/bus';
import { describe, expect } from 'vitest';
import { eventually } from '../eventually.ts';
import { createTestTopology } from '../test-topology.ts';
import type { ContractTest } from './contract-test.ts';

export function describeFollowPosition(it: ContractTest): void {
  describe('the start of follow', () => {
    it('resumes after a position with exactly the later entries', async ({
      publishWords,
      followWords,
      readToEnd,
    }) => {
      await publishWords('one', 'two', 'three');
      const after = (await readToEnd()).positionOf('two');
      const gaps: GapReason[] = [];
      const reader = followWords({ after, onGap: (reason) => gaps.push(reason) });
      await reader.caughtUp();
      await publishWords('four');
      await reader.untilRead('four');
      expect(reader.words).toEqual(['three', 'four']);
      expect(gaps).toEqual([]);
    });

    it('begins with about the requested number of newest entries', async ({
      publishWords,
      followWords,
    }) => {
      const words = Array.from({ length: 40 }, (_, index) => String(index));
      await publishWords(...words);
      const reader = followWords({ newest: 10 });
      await reader.caughtUp();
      await publishWords('later');
      await reader.untilRead('later');
      expect(reader.words).toEqual([...words, 'later'].slice(-reader.words.length));
      expect(reader.words.length).toBeGreaterThan(10);
      expect(reader.words.length).toBeLessThan(25);
    });

    it('begins with the oldest entry when the log has fewer than the requested number', async ({
      publishWords,
      readToEnd,
    }) => {
      await publishWords('one', 'two');
      const { words } = await readToEnd({ newest: 1_000_000 });
      expect(words).toEqual(['one', 'two']);
    });

    it('catches up with an empty log from its newest entries', async ({
      publishWords,
      followWords,
    }) => {
      const reader = followWords({ newest: 10 });
      await reader.caughtUp();
      await publishWords('one');
      await reader.untilRead('one');
      expect(reader.words).toEqual(['one']);
    });

    it('resumes after a position, whatever number of newest entries is requested', async ({
      publishWords,
      readToEnd,
    }) => {
      const words = Array.from({ length: 40 }, (_, index) => String(index));
      await publishWords(...words);
      const after = (await readToEnd()).positionOf('9');
      const reader = await readToEnd({ after, newest: 5 });
      expect(reader.words).toEqual(words.slice(10));
    });

    it('begins with the newest entries when its position belongs to another log', async ({
      publishWords,
      readToEnd,
    }) => {
      const words = Array.from({ length: 40 }, (_, index) => String(index));
      await publishWords(...words);
      const { offset } = (await readToEnd()).positionOf('9');
      const gaps: GapReason[] = [];
      const after = { offset, fingerprint: '0123456789ab' };
      const reader = await readToEnd({
        after,
        newest: 10,
        onGap: (reason) => gaps.push(reason),
      });
      expect(gaps).toEqual(['other-log']);
      expect(reader.words).toEqual(words.slice(-reader.words.length));
      expect(reader.words.length).toBeGreaterThan(0);
      expect(reader.words.length).toBeLessThan(25);
    });

    it('reports a gap and begins with the oldest entry when its position belongs to another log', async ({
      publishWords,
      readToEnd,
    }) => {
      await publishWords('one', 'two', 'three');
      const { offset } = (await readToEnd()).positionOf('two');
      const gaps: GapReason[] = [];
      const after = { offset, fingerprint: '0123456789ab' };
      const reader = await readToEnd({ after, onGap: (reason) => gaps.push(reason) });
      expect(gaps).toEqual(['other-log']);
      expect(reader.words).toEqual(['one', 'two', 'three']);
    });

    it('reports a gap and begins with the oldest entry when its position is beyond the end', async ({
      publishWords,
      readToEnd,
    }) => {
      await publishWords('one', 'two');
      const gaps: GapReason[] = [];
      const after = { offset: 1_000_000, fingerprint: '0123456789ab' };
      const reader = await readToEnd({ after, onGap: (reason) => gaps.push(reason) });
      expect(gaps).toEqual(['other-log']);
      expect(reader.words).toEqual(['one', 'two']);
    });

    it('reports a gap when the log has dropped the next entries', async ({ openBus }) => {
      // n.b. RabbitMQ drops only whole segments of at least 1 MB, and not at once
      const { publishWords, readToEnd } = await openBus(
        createTestTopology({ maxBytes: 2_000_000 }),
      );
      const words = Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(40_000)}`);
      const [oldest = ''] = words;
      await publishWords(oldest);
      const after = (await readToEnd()).positionOf(oldest);
      // n.b. RabbitMQ would store a batch as one chunk, and deliver all of it
      await publishWords(...words.slice(1));
      const hasDropped = async () => !(await readToEnd()).words.includes(oldest);
      await eventually(hasDropped, { what: 'the log drops the oldest word' });

      const gaps: GapReason[] = [];
      const onGap = (reason: GapReason) => gaps.push(reason);
      const { words: read } = await readToEnd({ after, onGap });
      expect(gaps).toEqual(['expired']);
      expect(read.length).toBeGreaterThan(10);
      expect(read).toEqual(words.slice(-read.length));
      const { words: newest } = await readToEnd({ after, newest: 1, onGap });
      expect(gaps).toEqual(['expired', 'expired']);
      expect(newest).toEqual(words.slice(words.length - newest.length));
      expect(newest.length).toBeLessThan(read.length);
    });

    it('refuses an impossible position', ({ bus, topology }) => {
      for (const offset of [-1, 1.5, 2 ** 53, Number.NaN]) {
        const after = { offset, fingerprint: '0123456789ab' };
        expect(() => bus.follow(topology.log, () => {}, { after })).toThrow(RangeError);
        expect(() => bus.follow(topology.log, () => {}, { newest: offset })).toThrow(RangeError);
      }
    });
  });
}
