import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFilter } from '../src/filter.ts';
import type { FrameBatch } from '../src/frame.ts';
import { Hub } from '../src/hub.ts';
import type { Start } from '../src/resume-point.ts';
import { FakeConnection } from './fake-connection.ts';

const HEARTBEAT_MS = 15_000;
const fingerprintOf = (offset: number) => String(offset).padStart(12, 'a');
const turn = () => new Promise((resolve) => void setImmediate(resolve));

async function settle(): Promise<void> {
  for (let turns = 0; turns < 40; turns += 1) await turn();
}

function append(hub: Hub, offset: number): void {
  hub.append({
    offset,
    fingerprint: fingerprintOf(offset),
    event: 'thing',
    data: `${offset} ${'an old saying that comes again '.repeat(offset % 7)}`,
    comment: `comment ${offset}`,
    facets: { tag: [offset % 3 === 0 ? 'a' : 'b'] },
  });
}

/** What a browser shows for a stream, without what is random. */
function textOf(connection: FakeConnection): string {
  connection.decode();
  return connection.text.replace(/retry: \d+/, 'retry');
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const start: fc.Arbitrary<Start> = fc.oneof(
  fc.constant({ kind: 'live' as const }),
  fc.record({ kind: fc.constant('newest' as const), limit: fc.nat({ max: 50 }) }),
  fc.record({
    kind: fc.constant('cursor' as const),
    text: fc.oneof(
      fc.nat({ max: 300 }).map((offset) => `${offset}-${fingerprintOf(offset)}`),
      fc.constant('malformed'),
    ),
  }),
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 40 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      start,
      tags: fc.subarray(['a', 'b'], { maxLength: 1 }),
      inFull: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ beat: fc.constant(HEARTBEAT_MS) }) },
  { weight: 2, arbitrary: fc.record({ block: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ drain: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ turns: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ interrupt: fc.constantFrom('expired', 'other-log') }) },
);

it(
  'decodes to the frames of an uncompressed stream, whenever it joins, with gaps and heartbeats',
  { timeout: 60_000 },
  async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.constantFrom(8_000, 10_000_000),
        async (steps, historyMaxBytes) => {
          const hub = new Hub({ historyMaxBytes, sseHeartbeatMs: HEARTBEAT_MS });
          const pairs: [plain: FakeConnection, compressed: FakeConnection][] = [];
          let last = 0;
          for (const one of steps) {
            if ('append' in one) {
              for (let left = one.append; left > 0; left -= 1) append(hub, (last += 1));
            } else if ('start' in one) {
              const plain = new FakeConnection();
              const compressed = new FakeConnection({ isCompressed: true });
              const filter = createFilter({ tag: one.tags });
              for (const connection of [plain, compressed]) {
                hub.subscribe(connection, one.start, { filter, inFull: one.inFull });
              }
              pairs.push([plain, compressed]);
            } else if ('turns' in one) {
              for (let left = one.turns; left > 0; left -= 1) await turn();
            } else {
              // the work of one turn is bounded: both of a pair must have read the same
              await settle();
              if ('beat' in one) vi.advanceTimersByTime(one.beat);
              else if ('interrupt' in one) hub.interrupt(one.interrupt);
              else if ('block' in one && pairs.length > 0) {
                for (const connection of pairs[one.block % pairs.length] ?? []) {
                  connection.isFull = true;
                }
              } else if ('drain' in one && pairs.length > 0) {
                for (const connection of pairs[one.drain % pairs.length] ?? []) connection.drain();
              }
            }
          }
          await settle();
          for (const [plain, compressed] of pairs) {
            compared += plain.received.length;
            expect(textOf(compressed)).toBe(textOf(plain));
            expect(compressed.ended).toBe(plain.ended);
          }
          const drained = hub.drain(0);
          vi.advanceTimersByTime(1);
          await drained;
        },
      ),
      { numRuns: 200 },
    );
    expect(compared).toBeGreaterThan(1_000);
  },
);

/** A compressed connection that keeps the batches. */
class RecordingConnection extends FakeConnection {
  readonly batches: FrameBatch[] = [];

  constructor() {
    super({ isCompressed: true });
  }

  override write(batch: FrameBatch): boolean {
    this.batches.push(batch);
    return super.write(batch);
  }
}

it('compresses each batch once for all who are caught up, also after heartbeats', async () => {
  const hub = new Hub({ historyMaxBytes: 1_000_000, sseHeartbeatMs: HEARTBEAT_MS });
  const connections = Array.from({ length: 50 }, () => new RecordingConnection());
  for (const connection of connections) hub.subscribe(connection, { kind: 'live' });
  await settle();
  const sizes: number[] = [];
  for (let offset = 6; offset <= 69; offset += 7) {
    append(hub, offset);
    await settle();
    const batches = new Set(connections.map((connection) => connection.batches.at(-1)));
    expect(batches.size).toBe(1);
    for (const batch of batches) sizes.push(batch?.frames.byteLength ?? 0);
    if (offset !== 34) continue;
    vi.advanceTimersByTime(HEARTBEAT_MS);
    await settle();
  }
  // the first of each epoch has nothing to repeat
  const first = Math.max(...sizes);
  const large = sizes.map((size) => size > first / 2);
  expect(large).toEqual(sizes.map((_, index) => index === 0 || index === 5));
  await Promise.all([hub.drain(0), vi.advanceTimersByTimeAsync(1)]);
});

it('repeats nothing to a subscriber that has just joined, until the next heartbeat', async () => {
  const hub = new Hub({ historyMaxBytes: 1_000_000, sseHeartbeatMs: HEARTBEAT_MS });
  const [early, late] = [new RecordingConnection(), new RecordingConnection()];
  const sizes = () => [early, late].map(({ batches }) => batches.at(-1)?.frames.byteLength ?? 0);
  hub.subscribe(early, { kind: 'live' });
  append(hub, 6);
  await settle();
  hub.subscribe(late, { kind: 'live' });
  append(hub, 13);
  await settle();
  const [repeating = 0, alone = 0] = sizes();
  expect(repeating).toBeLessThan(alone / 2);
  vi.advanceTimersByTime(HEARTBEAT_MS);
  for (const offset of [20, 27]) {
    append(hub, offset);
    await settle();
  }
  expect(early.batches.at(-1)).toBe(late.batches.at(-1));
  expect(sizes()[1]).toBeLessThan(alone / 2);
  await Promise.all([hub.drain(0), vi.advanceTimersByTimeAsync(1)]);
});
