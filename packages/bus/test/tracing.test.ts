import { createTestTopology, eventually, silentLogger } from '@quotewire/testing';
import { expect, it } from 'vitest';
import { createMemoryBus, traceWork, type Tracing, withTraces } from '../src/index.ts';

const REMOTE = `00-${'b'.repeat(32)}-${'c'.repeat(16)}-01`;

/** A bus in memory, and a line for each span that has ended: its kind and name, the number of its parent, and its error. */
function createTracedBus() {
  const { topology, ...names } = createTestTopology();
  const lines: string[] = [];
  let count = 0;
  const tracing: Tracing = {
    begin(name, { kind, traceparent }) {
      count += 1;
      const spanId = String(count).padStart(16, '0');
      const parent = Number(traceparent?.split('-')[2]);
      const line = `${count} ${kind} ${name.replaceAll(names.exchange, 'x')} below ${parent}`;
      return {
        traceparent: `00-${'a'.repeat(32)}-${spanId}-01`,
        end: ({ error } = {}) =>
          lines.push(error instanceof Error ? `${line}: ${error.message}` : line),
      };
    },
  };
  const bus = createMemoryBus({ name: 'test', topology, logger: silentLogger });
  return { ...names, bus: withTraces(bus, tracing), untraced: bus, tracing, lines };
}

it('puts what a job publishes below the job, and the job below the one who published it', async () => {
  const { bus, queue, pageRequested, wordSaid, tracing, lines } = createTracedBus();
  bus.consume(queue, async (event) => {
    await traceWork(tracing, { name: 'read', event, attributes: {} }, async () => {});
    await bus.publish(wordSaid, { word: 'hello' }, { cause: event });
  });
  await bus.publish(pageRequested, { page: 1 });
  await eventually(() => lines.length === 4, { what: 'four spans end' });
  expect(lines.toSorted()).toEqual([
    '1 producer publish x:page.requested below NaN',
    '2 consumer process x:page.requested:x.pages below 1',
    '3 internal read below 2',
    '4 producer publish x:word.said below 2',
  ]);
  await bus.close();
});

it('ends the span of a job and of a publish that fail with their error', async () => {
  const { bus, queue, pageRequested, unbound, lines } = createTracedBus();
  bus.consume(queue, async (event, { isRepeat }) => {
    if (!isRepeat) await bus.publish(unbound, {}, { cause: event });
  });
  await bus.publish(pageRequested, { page: 1 });
  await eventually(() => lines.length === 4, { what: 'the retry ends' });
  const [, publish, first, retry] = lines;
  expect(publish).toMatch(/^3 producer publish x:unbound below 2: no queue takes unbound/);
  expect(first).toMatch(/^2 consumer process .* below 1: no queue takes unbound/);
  expect(retry).toBe('4 consumer process x:page.requested:x.pages below 1');
  await bus.close();
});

it('records the entries of a log that come after its end, where the follower asks for it', async () => {
  const { bus, untraced, log, wordSaid, lines } = createTracedBus();
  await untraced.publish(wordSaid, { word: 'old' });
  const words: string[] = [];
  const readers = [true, false].map((isTraced) =>
    bus.follow(
      log,
      ({ event }) => {
        if (event) words.push(event.data.word);
        if (event?.data.word === 'bad') throw new Error('bad word');
      },
      { isTraced },
    ),
  );
  await Promise.all(readers.map(({ caughtUp }) => caughtUp));
  await untraced.publish(wordSaid, { word: 'new' }, { traceparent: REMOTE });
  await untraced.publish(wordSaid, { word: 'bad' });
  await eventually(() => words.length === 6, { what: 'both read three words' });
  expect(lines).toEqual([
    expect.stringMatching(/^1 consumer process x:word\.said:x\.words below /),
    expect.stringMatching(/^2 consumer process x:word\.said:x\.words below .*: bad word$/),
  ]);
  await bus.close();
});

it('is the bus itself without tracing', () => {
  const { untraced } = createTracedBus();
  expect(withTraces(untraced, undefined)).toBe(untraced);
});
