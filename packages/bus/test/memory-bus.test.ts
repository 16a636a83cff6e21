import { expect, it } from 'vitest';
import type { GapReason } from '../src/bus.ts';
import { createMemoryBus } from '../src/memory/memory-bus.ts';
import { describeBus } from './contract.ts';
import { silentLogger } from './silent-logger.ts';
import { createTestTopology } from './test-topology.ts';

describeBus('a bus in memory', {
  async open({ topology, queue }) {
    const bus = createMemoryBus({ name: 'test', topology, logger: silentLogger });
    return {
      bus,
      deadLetters: async () => bus.deadLetters(queue.name),
      close: () => bus.close(),
    };
  },
});

// n.b. RabbitMQ drops whole segments of at least 1 MB, and in its own time: this is told here only
it('tells of a gap and begins with the oldest when what came next was dropped', async () => {
  const { topology, log, wordSaid } = createTestTopology({ maxBytes: 1_500 });
  const bus = createMemoryBus({ name: 'test', topology, logger: silentLogger });
  const positions: { offset: number; fingerprint: string }[] = [];
  const first = bus.follow(log, ({ offset, fingerprint }) => {
    positions.push({ offset, fingerprint });
  });
  await first.caughtUp;
  await first.close();
  const words = Array.from({ length: 20 }, (_, index) => `word ${index}`);
  for (const word of words) await bus.publish(wordSaid, { word });

  const gaps: GapReason[] = [];
  const read: string[] = [];
  const second = bus.follow(log, ({ event }) => read.push(...(event ? [event.data.word] : [])), {
    after: positions[0],
    onGap: (reason) => gaps.push(reason),
  });
  await second.caughtUp;
  expect(gaps).toEqual(['expired']);
  expect(read.length).toBeGreaterThan(0);
  expect(read).toEqual(words.slice(-read.length));
  await bus.close();
});
