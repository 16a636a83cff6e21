import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFilter } from '../src/filter.ts';
import { Hub } from '../src/hub.ts';
import type { Start } from '../src/place.ts';
import { FakeConnection } from './fake-connection.ts';

const fingerprintOf = (offset: number) => String(offset).padStart(12, 'a');
const cursorOf = (offset: number) => `${offset}-${fingerprintOf(offset)}`;

let hub: Hub;

function append(...offsets: number[]): void {
  for (const offset of offsets) {
    hub.append({
      offset,
      fingerprint: fingerprintOf(offset),
      event: 'thing',
      data: String(offset),
    });
  }
}

function subscribe(start: Start, { tag }: { tag?: string } = {}): FakeConnection {
  const connection = new FakeConnection();
  hub.subscribe(
    connection,
    start,
    tag === undefined ? {} : { filter: createFilter({ tag: [tag] }) },
  );
  return connection;
}

function appendTagged(entries: Record<number, string>): void {
  for (const [offset, tag] of Object.entries(entries)) {
    const fingerprint = fingerprintOf(Number(offset));
    hub.append({
      offset: Number(offset),
      fingerprint,
      event: 'thing',
      data: offset,
      facets: { tag: [tag] },
    });
  }
}

const after = (text: string): Start => ({ kind: 'cursor', text });
const things = ({ received }: FakeConnection) =>
  received.filter(({ event }) => event === 'thing').map(({ data }) => Number(data));
const gaps = ({ received }: FakeConnection) =>
  received
    .filter(({ event }) => event === 'gap')
    .map(({ id, data }) => ({ id, ...JSON.parse(data) }));
/** The hub writes at the end of a turn of the event loop, and again while there's more. */
const flushed = () => vi.advanceTimersByTimeAsync(1);

beforeEach(() => {
  vi.useFakeTimers();
  hub = new Hub({ historyMaxBytes: 1_000_000 });
});
afterEach(async () => {
  const drained = hub.drain(0);
  await vi.advanceTimersByTimeAsync(1);
  await drained;
  vi.useRealTimers();
});

it('begins with a retry time and the newest cursor', async () => {
  append(1, 2);
  const connection = subscribe({ kind: 'live' });
  await flushed();
  expect(connection.text).toMatch(/^retry: \d{4}\n\nid: 2-a+2\n\n$/);
});

it('sends what comes in one turn in one write', async () => {
  const connection = subscribe({ kind: 'live' });
  await flushed();
  const { writes } = connection;
  append(1, 2, 3);
  await flushed();
  expect(things(connection)).toEqual([1, 2, 3]);
  expect(connection.writes).toBe(writes + 1);
});

it('replays what came after the cursor, and goes on live', async () => {
  append(1, 2, 3);
  const connection = subscribe(after(cursorOf(1)));
  append(4);
  await flushed();
  append(5);
  await flushed();
  expect(things(connection)).toEqual([2, 3, 4, 5]);
  expect(gaps(connection)).toEqual([]);
});

it('begins with the newest entries that were asked for', async () => {
  append(1, 2, 3, 4);
  const connection = subscribe({ kind: 'newest', count: 2 });
  await flushed();
  expect(things(connection)).toEqual([3, 4]);
});

it.for(['nonsense', `1-${'a'.repeat(200)}`, '1\n2', '1\r2', '1\0-'])(
  'tells a gap for the malformed cursor %j, and goes on live',
  async (text) => {
    append(1, 2);
    const connection = subscribe(after(text));
    append(3);
    await flushed();
    expect(gaps(connection)).toEqual([
      { id: cursorOf(2), from: null, to: cursorOf(2), reason: 'malformed' },
    ]);
    expect(things(connection)).toEqual([3]);
  },
);

it('tells a gap for a cursor of another log, and goes on live', async () => {
  append(1, 2);
  const connection = subscribe(after('1-bbbbbbbbbbbb'));
  append(3);
  await flushed();
  expect(gaps(connection)).toMatchObject([{ from: '1-bbbbbbbbbbbb', reason: 'other-log' }]);
  expect(things(connection)).toEqual([3]);
});

it('tells a gap for an expired cursor, and goes on from the oldest entry', async () => {
  append(5, 6);
  const connection = subscribe(after(cursorOf(1)));
  await flushed();
  const to = '5-000000000000';
  expect(gaps(connection)).toEqual([{ id: to, from: cursorOf(1), to, reason: 'expired' }]);
  expect(things(connection)).toEqual([5, 6]);
  const resumed = subscribe(after(to));
  await flushed();
  expect(things(resumed)).toEqual([5, 6]);
  expect(gaps(resumed)).toEqual([]);
});

it('waits for a cursor that another process has seen already', async () => {
  append(1);
  const connection = subscribe(after(cursorOf(2)));
  await flushed();
  append(2, 3);
  await flushed();
  expect(things(connection)).toEqual([3]);
  expect(gaps(connection)).toEqual([]);
});

it('tells a gap when a cursor stays ahead for 2 s', async () => {
  append(1);
  const connection = subscribe(after(cursorOf(7)));
  await vi.advanceTimersByTimeAsync(1_999);
  expect(gaps(connection)).toEqual([]);
  await vi.advanceTimersByTimeAsync(2);
  expect(gaps(connection)).toEqual([
    { id: cursorOf(1), from: cursorOf(7), to: cursorOf(1), reason: 'unknown' },
  ]);
});

it('tells every subscriber one gap when the log is another one, and goes on with the new one', async () => {
  append(1, 2);
  const connection = subscribe({ kind: 'live' });
  await flushed();
  hub.interrupt('other-log');
  await flushed();
  expect(gaps(connection)).toEqual([]);
  hub.append({ offset: 0, fingerprint: 'bbbbbbbbbbbb', event: 'thing', data: '0' });
  await flushed();
  const to = '0-000000000000';
  expect(gaps(connection)).toEqual([{ id: to, from: cursorOf(2), to, reason: 'other-log' }]);
  expect(things(connection)).toEqual([0]);
});

it('writes nothing to a full socket, and everything once it has drained', async () => {
  const connection = subscribe({ kind: 'live' });
  connection.isFull = true;
  append(1);
  await flushed();
  const { writes } = connection;
  append(2, 3);
  await flushed();
  expect(connection.writes).toBe(writes);
  connection.drain();
  await flushed();
  expect(things(connection)).toEqual([1, 2, 3]);
});

it('gives up a subscriber that the history has passed by', async () => {
  hub = new Hub({ historyMaxBytes: 2_000 });
  const connection = subscribe({ kind: 'live' });
  connection.isFull = true;
  append(1);
  await flushed();
  append(...Array.from({ length: 100 }, (_, index) => index + 2));
  await flushed();
  expect(connection.ended).toBeUndefined();
  connection.drain();
  await flushed();
  expect(connection.ended).toBe('destroy');
  expect(hub.subscriberCount).toBe(0);
});

it('gives up a socket that has taken nothing for half a minute', async () => {
  const connection = subscribe({ kind: 'live' });
  connection.isFull = true;
  append(1);
  await vi.advanceTimersByTimeAsync(46_000);
  expect(connection.ended).toBe('destroy');
});

it('sends a heartbeat with the newest cursor to those who have read everything', async () => {
  const connection = subscribe({ kind: 'live' });
  append(1);
  await flushed();
  hub.append({ offset: 2, fingerprint: fingerprintOf(2) });
  await vi.advanceTimersByTimeAsync(15_000);
  expect(connection.received.at(-1)).toEqual({ id: cursorOf(2), event: 'heartbeat', data: '{}' });
});

it('replays a long history in several turns', async () => {
  for (let offset = 1; offset <= 40; offset += 1) {
    hub.append({
      offset,
      fingerprint: fingerprintOf(offset),
      event: 'thing',
      data: `${offset}${' '.repeat(20_000)}`,
    });
  }
  const connection = subscribe({ kind: 'newest', count: 40 });
  await vi.advanceTimersByTimeAsync(10);
  expect(things(connection)).toHaveLength(40);
  expect(connection.writes).toBeGreaterThan(3);
});

it('ends all streams within the time for draining', async () => {
  const connections = Array.from({ length: 20 }, () => subscribe({ kind: 'live' }));
  const drained = hub.drain(1_000);
  await vi.advanceTimersByTimeAsync(1_000);
  await drained;
  expect(connections.every(({ ended }) => ended === 'end')).toBe(true);
});

it('cuts at the end who takes nothing', async () => {
  const connection = subscribe({ kind: 'live' });
  connection.isFull = true;
  append(1);
  await flushed();
  const drained = hub.drain(0);
  await vi.advanceTimersByTimeAsync(1);
  await drained;
  expect(connection.ended).toBe('destroy');
});

it('forgets a subscriber whose connection closed', async () => {
  const connection = subscribe({ kind: 'live' });
  await flushed();
  connection.close();
  append(1);
  await flushed();
  expect(hub.subscriberCount).toBe(0);
  expect(things(connection)).toEqual([]);
});

it('sends a filtered subscriber what it asked for, in replay and live', async () => {
  appendTagged({ 1: 'a', 2: 'b', 3: 'a' });
  const connection = subscribe(after(cursorOf(1)), { tag: 'a' });
  const newest = subscribe({ kind: 'newest', count: 2 }, { tag: 'a' });
  await flushed();
  appendTagged({ 4: 'b', 5: 'a' });
  await flushed();
  expect(things(connection)).toEqual([3, 5]);
  expect(things(newest)).toEqual([1, 3, 5]);
});

it('tells gaps and heartbeats to filtered subscribers as well', async () => {
  appendTagged({ 5: 'b' });
  const connection = subscribe(after(cursorOf(1)), { tag: 'a' });
  await vi.advanceTimersByTimeAsync(15_000);
  expect(gaps(connection)).toMatchObject([{ reason: 'expired' }]);
  expect(connection.received.at(-1)).toMatchObject({ id: cursorOf(5), event: 'heartbeat' });
});

it('turns away who comes with one filter too many, until one is given up', async () => {
  const first = subscribe({ kind: 'live' }, { tag: 'tag-0' });
  for (let index = 1; index < 1_000; index += 1)
    subscribe({ kind: 'live' }, { tag: `tag-${index}` });
  const refused = subscribe({ kind: 'live' }, { tag: 'one too many' });
  expect(refused.ended).toBe('end');
  expect(refused.text).toMatch(/^retry: \d{4}\n\n$/);
  const equal = subscribe({ kind: 'live' }, { tag: 'TAG-7' });
  expect(equal.ended).toBeUndefined();
  first.close();
  expect(subscribe({ kind: 'live' }, { tag: 'one too many' }).ended).toBeUndefined();
});

it('lets nobody wait for a subscriber that replays a long history', async () => {
  append(...Array.from({ length: 3_000 }, (_, index) => index));
  const slow = subscribe(after(cursorOf(0)));
  const live = subscribe({ kind: 'live' });
  append(3_000);
  let replayedBeforeLive: number | undefined;
  for (let turn = 0; turn < 100 && things(slow).length < 3_000; turn += 1) {
    await vi.advanceTimersToNextTimerAsync();
    if (things(live).length === 1) replayedBeforeLive ??= things(slow).length;
  }
  expect(replayedBeforeLive).toBeLessThan(3_000);
  expect(things(slow)).toHaveLength(3_000);
});

it('brings a burst larger than the history to all who keep up', async () => {
  hub = new Hub({ historyMaxBytes: 100_000 });
  const connection = subscribe({ kind: 'live' });
  await flushed();
  for (let offset = 0; offset < 600; offset += 1) {
    const data = `${offset}${' '.repeat(200)}`;
    hub.append({ offset, fingerprint: fingerprintOf(offset), event: 'thing', data });
  }
  await vi.advanceTimersByTimeAsync(10);
  expect(connection.ended).toBeUndefined();
  expect(things(connection)).toHaveLength(600);
  append(600);
  await flushed();
  expect(hub.history.bytes).toBeLessThanOrEqual(100_000);
});
