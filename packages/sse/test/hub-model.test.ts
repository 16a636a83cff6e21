import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFilter } from '../src/filter.ts';
import { Hub } from '../src/hub.ts';
import { FakeConnection } from './fake-connection.ts';

const TAGS = ['a', 'b'];
const fingerprintOf = (offset: number) => String(offset).padStart(12, 'a');

/** A subscriber, and the entries that it must receive. */
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
      isCompressed: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('block'), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drain'), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('turn') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('beat') }) },
);

const HEARTBEAT_MS = 15_000;
/** Uses the real event loop, so that heartbeats occur during rounds and replays. */
const turn = () => new Promise((resolve) => void setImmediate(resolve));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('sends each subscriber every accepted entry after its cursor, once and in order, in any schedule', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const hub = new Hub({ historyMaxBytes: 10_000_000, sseHeartbeatMs: HEARTBEAT_MS });
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
          const connection = new FakeConnection({ isCompressed: one.isCompressed });
          const filter = createFilter({ tag: one.tag === undefined ? [] : [one.tag] });
          const text = `${after}-${fingerprintOf(after)}`;
          hub.subscribe(connection, { kind: 'cursor', text }, { filter });
          readers.push({ connection, tag: one.tag, after });
        } else if ('which' in one && readers.length > 0) {
          const reader = readers[one.which % readers.length];
          if (one.do === 'drain') reader?.connection.drain();
          else if (reader !== undefined) reader.connection.isFull = true;
        } else if (one.do === 'beat') vi.advanceTimersByTime(HEARTBEAT_MS);
        else await turn();
      }
      for (const { connection } of readers) connection.drain();
      for (let turns = 0; turns < 100; turns += 1) await turn();
      vi.advanceTimersByTime(HEARTBEAT_MS);
      for (const { connection, tag, after } of readers) {
        connection.decode();
        const expected: number[] = [];
        for (let offset = after + 1; offset <= last; offset += 1) {
          if (tag === undefined || TAGS[offset % TAGS.length] === tag) expected.push(offset);
        }
        const seen: number[] = [];
        for (const { event, id, data } of connection.received) {
          if (event === 'thing') seen.push(Number(data));
          // a subscriber that resumes from this id has received all entries up to it
          const passed = Number.parseInt(id ?? '', 10);
          expect(seen).toEqual(expected.filter((offset) => offset <= passed));
        }
        expect(seen).toEqual(expected);
        expect(connection.received.at(-1)).toMatchObject({ event: 'heartbeat' });
      }
      const drained = hub.drain(0);
      vi.advanceTimersByTime(1);
      await drained;
    }),
    { numRuns: 100 },
  );
});
