import { silentLogger } from '@quotewire/testing';
import { describeBus } from '@quotewire/testing/bus-contract';
import { createMemoryBus } from '../src/memory/memory-bus.ts';

describeBus('a bus in memory', {
  async open({ topology, queue }) {
    const counts: string[] = [];
    const bus = createMemoryBus({
      name: 'test',
      topology,
      logger: silentLogger,
      count: (counter, labels) => counts.push([counter, ...Object.values(labels)].join(' ')),
    });
    return {
      bus,
      counts,
      deadLetters: async () => bus.deadLetters(queue.name),
      close: () => bus.close(),
    };
  },
});
