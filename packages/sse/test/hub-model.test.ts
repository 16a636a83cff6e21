import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFilter } from '../src/filter.ts';
import { Hub } from '../src/hub.ts';
import { FakeConnection } from './fake-connection.ts';

const TAGS = ['a', 'b'];
const fingerprintOf = (offset: number) => String(offset).padStart(12, 'a');

/** A subscriber, and what it has to see. */
interface Reader {
  readonly connection: FakeConnection;
  readonly tag: string | undefined;
  /** The offset after which it reads. */
  readonly after: number;
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('append'), count: fc.integer({ min: 1, max: 40 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('subscribe'),
      at: fc.nat(),
      tag: fc.option(fc.constantFrom(...TAGS), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('block'), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drain'), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('turn') }) },
);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('shows each subscriber all that passes its filter after its cursor, once and in order, whatever happens between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const hub = new Hub({ historyMaxBytes: 10_000_000, sseHeartbeatMs: 1_000_000_000 });
      const readers: Reader[] = [];
      let last = 0;
      const append = () => {
        last += 1;
        hub.append({
          offset: last,
          fingerprint: fingerprintOf(last),
          event: 'thing',
          data: `${last}${' '.repeat(2_000)}`,
          facets: { tag: [TAGS[last % TAGS.length] ?? ''] },
        });
      };
      append();
      for (const one of steps) {
        if ('count' in one) for (let count = 0; count < one.count; count += 1) append();
        else if ('at' in one) {
          const after = 1 + (one.at % last);
          const connection = new FakeConnection();
          const filter = createFilter({ tag: one.tag === undefined ? [] : [one.tag] });
          const text = `${after}-${fingerprintOf(after)}`;
          hub.subscribe(connection, { kind: 'cursor', text }, { filter });
          readers.push({ connection, tag: one.tag, after });
        } else if ('which' in one && readers.length > 0) {
          const reader = readers[one.which % readers.length];
          if (one.do === 'drain') reader?.connection.drain();
          else if (reader !== undefined) reader.connection.isFull = true;
        } else await vi.advanceTimersByTimeAsync(1);
      }
      for (const { connection } of readers) connection.drain();
      await vi.advanceTimersByTimeAsync(100);
      for (const { connection, tag, after } of readers) {
        const seen = connection.received.map(({ data }) => Number(data));
        const expected: number[] = [];
        for (let offset = after + 1; offset <= last; offset += 1) {
          if (tag === undefined || TAGS[offset % TAGS.length] === tag) expected.push(offset);
        }
        expect(seen).toEqual(expected);
      }
      const drained = hub.drain(0);
      await vi.advanceTimersByTimeAsync(1);
      await drained;
    }),
    { numRuns: 200 },
  );
});
