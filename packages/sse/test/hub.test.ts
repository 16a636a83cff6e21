import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFilter } from '../src/filter.ts';
import { Hub } from '../src/hub.ts';
import type { Start } from '../src/resume-point.ts';
import { SLICE } from '../src/fan-out-scheduler.ts';
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
/** Waits for several turns: the hub writes at the end of a turn, and again while entries remain. */
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

it('sends the entries of one turn in one write', async () => {
  const connection = subscribe({ kind: 'live' });
  await flushed();
  const { writes } = connection;
  append(1, 2, 3);
  await flushed();
  expect(things(connection)).toEqual([1, 2, 3]);
  expect(connection.writes).toBe(writes + 1);
});

it('replays the entries after the cursor, then continues live', async () => {
  append(1, 2, 3);
  const connection = subscribe(after(cursorOf(1)));
  append(4);
  await flushed();
  append(5);
  await flushed();
  expect(things(connection)).toEqual([2, 3, 4, 5]);
  expect(gaps(connection)).toEqual([]);
});

it('begins with the requested number of newest entries', async () => {
  append(1, 2, 3, 4);
  const connection = subscribe({ kind: 'newest', limit: 2 });
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

it('sends a gap for a cursor of another log, then continues live', async () => {
  append(1, 2);
  const connection = subscribe(after('1-bbbbbbbbbbbb'));
  append(3);
  await flushed();
  expect(gaps(connection)).toMatchObject([{ from: '1-bbbbbbbbbbbb', reason: 'other-log' }]);
  expect(things(connection)).toEqual([3]);
});

it('sends a gap for an expired cursor, then continues from the oldest entry', async () => {
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

it('waits for a cursor that is ahead of this process', async () => {
  append(1);
  const connection = subscribe(after(cursorOf(2)));
  await flushed();
  append(2, 3);
  await flushed();
  expect(things(connection)).toEqual([3]);
  expect(gaps(connection)).toEqual([]);
});

it('sends a gap when a cursor stays ahead for 2 s', async () => {
  append(1);
  const connection = subscribe(after(cursorOf(7)));
  await vi.advanceTimersByTimeAsync(1_999);
  expect(gaps(connection)).toEqual([]);
  await vi.advanceTimersByTimeAsync(2);
  expect(gaps(connection)).toEqual([
    { id: cursorOf(1), from: cursorOf(7), to: cursorOf(1), reason: 'unknown' },
  ]);
});

it('ends a stream whose cursor stays ahead while the log can not arrive, and keeps its cursor', async () => {
  hub = new Hub({ historyMaxBytes: 1_000_000, isBehind: () => true });
  append(1);
  const connection = subscribe(after(cursorOf(7)));
  await vi.advanceTimersByTimeAsync(2_001);
  expect(connection.ended).toBe('end');
  expect(gaps(connection)).toEqual([]);
  expect(connection.text).toMatch(/^retry: \d{4}\n\nid: 7-a+7\n\n$/);
});

it('sends every subscriber one gap when another log begins, then continues with that log', async () => {
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

it('writes nothing to a full socket until it drains', async () => {
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

it('disconnects a subscriber whose next entry was dropped', async () => {
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

it('disconnects a subscriber whose socket stalls for 30 s', async () => {
  const connection = subscribe({ kind: 'live' });
  connection.isFull = true;
  append(1);
  await vi.advanceTimersByTimeAsync(46_000);
  expect(connection.ended).toBe('destroy');
});

it('sends a heartbeat with the newest cursor to caught-up subscribers', async () => {
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
  const connection = subscribe({ kind: 'newest', limit: 40 });
  await vi.advanceTimersByTimeAsync(10);
  expect(things(connection)).toHaveLength(40);
  expect(connection.writes).toBeGreaterThan(3);
});

it('sends no heartbeat to a full socket', async () => {
  const connection = subscribe({ kind: 'live' });
  connection.isFull = true;
  append(1);
  await flushed();
  const { writes } = connection;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(connection.writes).toBe(writes);
  connection.drain();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(connection.received.at(-1)).toMatchObject({ event: 'heartbeat' });
});

it('sends the gap of an interruption once the next entry arrives', async () => {
  append(1);
  const connection = subscribe({ kind: 'live' });
  await flushed();
  hub.interrupt('expired');
  connection.drain();
  await flushed();
  expect(gaps(connection)).toEqual([]);
  append(5);
  await flushed();
  expect(gaps(connection)).toMatchObject([{ from: cursorOf(1), to: '5-000000000000' }]);
  expect(things(connection)).toEqual([5]);
});

it('spreads the ends of its streams over the drain window', async () => {
  const connections = Array.from({ length: 40 }, () => subscribe({ kind: 'live' }));
  const drained = hub.drain(1_000);
  await vi.advanceTimersByTimeAsync(500);
  const ended = connections.filter((one) => one.ended === 'end').length;
  expect(ended).toBeGreaterThan(0);
  expect(ended).toBeLessThan(connections.length);
  await vi.advanceTimersByTimeAsync(500);
  await drained;
});

it('ends all streams within the drain window', async () => {
  const connections = Array.from({ length: 20 }, () => subscribe({ kind: 'live' }));
  const drained = hub.drain(1_000);
  await vi.advanceTimersByTimeAsync(1_000);
  await drained;
  expect(connections.every(({ ended }) => ended === 'end')).toBe(true);
});

it('destroys a stalled connection at the end of a drain', async () => {
  const connection = subscribe({ kind: 'live' });
  connection.isFull = true;
  append(1);
  await flushed();
  const drained = hub.drain(0);
  await vi.advanceTimersByTimeAsync(1);
  await drained;
  expect(connection.ended).toBe('destroy');
});

it('removes a subscriber whose connection closed', async () => {
  const connection = subscribe({ kind: 'live' });
  await flushed();
  connection.close();
  append(1);
  await flushed();
  expect(hub.subscriberCount).toBe(0);
  expect(things(connection)).toEqual([]);
});

it('filters replayed and live entries', async () => {
  appendTagged({ 1: 'a', 2: 'b', 3: 'a' });
  const connection = subscribe(after(cursorOf(1)), { tag: 'a' });
  const newest = subscribe({ kind: 'newest', limit: 2 }, { tag: 'a' });
  await flushed();
  appendTagged({ 4: 'b', 5: 'a' });
  await flushed();
  expect(things(connection)).toEqual([3, 5]);
  expect(things(newest)).toEqual([1, 3, 5]);
});

it('sends gaps and heartbeats to filtered subscribers', async () => {
  appendTagged({ 5: 'b' });
  const connection = subscribe(after(cursorOf(1)), { tag: 'a' });
  await vi.advanceTimersByTimeAsync(15_000);
  expect(gaps(connection)).toMatchObject([{ reason: 'expired' }]);
  expect(connection.received.at(-1)).toMatchObject({ id: cursorOf(5), event: 'heartbeat' });
});

it('refuses one distinct filter too many, until another is released', async () => {
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
  expect(subscribe({ kind: 'live' }).ended).toBeUndefined();
});

it('serves live subscribers while another replays a long history', async () => {
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

it('sends a burst larger than the history to every live subscriber', async () => {
  hub = new Hub({ historyMaxBytes: 100_000 });
  const connection = subscribe({ kind: 'live' });
  await flushed();
  for (let offset = 0; offset < 400; offset += 1) {
    const data = `${offset}${' '.repeat(200)}`;
    hub.append({ offset, fingerprint: fingerprintOf(offset), event: 'thing', data });
  }
  await vi.advanceTimersByTimeAsync(10);
  expect(connection.ended).toBeUndefined();
  expect(things(connection)).toHaveLength(400);
  append(400);
  await flushed();
  expect(hub.history.bytes).toBeLessThanOrEqual(100_000);
});

it('retains no entries for a subscriber whose socket is full', async () => {
  hub = new Hub({ historyMaxBytes: 100_000 });
  const connection = subscribe({ kind: 'live' });
  connection.isFull = true;
  append(0);
  await flushed();
  append(...Array.from({ length: 600 }, (_, index) => index + 1));
  await flushed();
  expect(hub.history.bytes).toBeLessThanOrEqual(100_000);
});

const idsOf = ({ text }: FakeConnection) => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id);

it.for([0, 1, 5_000])(
  'tells no gap to one that comes back with what an empty hub told it, when the log begins at offset %i',
  async (offset) => {
    const connection = subscribe({ kind: 'live' });
    await vi.advanceTimersByTimeAsync(15_000);
    const [cursor = '', heartbeat] = idsOf(connection);
    expect(heartbeat).toBe(cursor);
    const early = subscribe(after(cursor));
    await vi.advanceTimersByTimeAsync(3_000);
    append(offset, offset + 1);
    await flushed();
    const late = subscribe(after(cursor));
    await flushed();
    for (const one of [early, late]) {
      expect(gaps(one)).toEqual([]);
      expect(things(one)).toEqual([offset, offset + 1]);
    }
  },
);

it('sends a gap for the cursor of an empty hub once its first entries have been dropped', async () => {
  hub = new Hub({ historyMaxBytes: 2_000 });
  const connection = subscribe({ kind: 'live' });
  await flushed();
  const [cursor = ''] = idsOf(connection);
  append(...Array.from({ length: 100 }, (_, index) => index));
  await flushed();
  const late = subscribe(after(cursor));
  await flushed();
  expect(gaps(late)).toMatchObject([{ from: cursor, reason: 'expired' }]);
});

it.for([
  [0, 'other-log'],
  [5, 'expired'],
] as const)(
  'tells a gap to one that comes with what another empty hub told it, when the history begins at offset %i',
  async ([offset, reason]) => {
    const connection = subscribe({ kind: 'live' });
    await flushed();
    const [cursor = ''] = idsOf(connection);
    hub = new Hub({ historyMaxBytes: 2_000 });
    append(offset);
    const late = subscribe(after(cursor));
    await flushed();
    expect(gaps(late)).toMatchObject([{ from: cursor, reason }]);
  },
);

it('keeps waiting for a cursor that is ahead when the log is interrupted', async () => {
  append(1);
  const connection = subscribe(after(cursorOf(7)));
  hub.interrupt('other-log');
  append(5, 6, 7, 8);
  await flushed();
  expect(gaps(connection)).toEqual([]);
  expect(things(connection)).toEqual([8]);
});

it('sends one gap, from the last entry sent, when the log is interrupted twice', async () => {
  append(1, 2);
  const connection = subscribe({ kind: 'live' });
  await flushed();
  hub.interrupt('expired');
  hub.interrupt('other-log');
  append(9);
  await flushed();
  const to = '9-000000000000';
  expect(gaps(connection)).toEqual([{ id: to, from: cursorOf(2), to, reason: 'expired' }]);
  expect(things(connection)).toEqual([9]);
});

it('begins live when the log is interrupted during the search for the newest entries', async () => {
  append(1, 2);
  const connection = subscribe({ kind: 'newest', limit: 2 });
  hub.interrupt('other-log');
  append(9);
  await flushed();
  expect(gaps(connection)).toEqual([]);
  expect(things(connection)).toEqual([9]);
});

it('sends heartbeats to one slice of its subscribers in each turn', async () => {
  const connections = Array.from({ length: 2 * SLICE + 1 }, () => subscribe({ kind: 'live' }));
  await flushed();
  const told = () => connections.filter(({ received }) => received.length > 0).length;
  vi.advanceTimersByTime(15_000);
  expect(told()).toBe(SLICE);
  await vi.waitFor(() => expect(told()).toBe(2 * SLICE + 1));
});

it('disconnects a stalled subscriber although the wall clock is set back', async () => {
  const connection = subscribe({ kind: 'live' });
  connection.isFull = true;
  append(1);
  await flushed();
  vi.setSystemTime(0);
  await vi.advanceTimersByTimeAsync(46_000);
  expect(connection.ended).toBe('destroy');
});

it('keeps a slow socket that makes progress, and disconnects it once it stalls', async () => {
  const connection = subscribe({ kind: 'live' });
  connection.isFull = true;
  connection.pendingBytes = 100_000;
  append(1);
  for (let step = 0; step < 5; step += 1) {
    await vi.advanceTimersByTimeAsync(29_000);
    connection.pendingBytes -= 1;
  }
  expect(connection.ended).toBeUndefined();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connection.ended).toBe('destroy');
});

it.for([
  { what: 'search', starts: [{ kind: 'newest', limit: 1 }] },
  { what: 'replay', starts: [after(cursorOf(0))] },
  { what: 'search and replay', starts: [{ kind: 'newest', limit: 1 }, after(cursorOf(0))] },
] satisfies { what: string; starts: Start[] }[])(
  'bounds the entries examined in a turn while many subscribers $what with different filters',
  async ({ starts }) => {
    hub = new Hub({ historyMaxBytes: 100_000_000 });
    for (let offset = 0; offset < 6_000; offset += 1) appendTagged({ [offset]: 'a' });
    await flushed();
    const { history } = hub;
    const at = history.at.bind(history);
    let examined = 0;
    history.at = (index) => {
      examined += 1;
      return at(index);
    };
    for (let index = 0; index < 40; index += 1) {
      for (const start of starts) subscribe(start, { tag: `${start.kind} ${index}` });
    }
    let total = examined;
    expect(examined).toBeLessThan(5_000);
    for (let turns = 0; turns < 500; turns += 1) {
      examined = 0;
      await vi.advanceTimersToNextTimerAsync();
      // a turn costs at most 20,000 comparisons, of which an entry takes two, and the last read 5,000
      expect(examined).toBeLessThan(15_000);
      total += examined;
    }
    // each subscriber has examined the whole history
    expect(total).toBeGreaterThan(starts.length * 40 * 5_900);
  },
);

it('reserves filters for other addresses when one address uses many', () => {
  const acceptedOf = (address: string) => {
    let accepted = 0;
    for (let index = 0; index < 1_000; index += 1) {
      const connection = new FakeConnection();
      const filter = createFilter({ tag: [`${address} ${index}`] });
      hub.subscribe(connection, { kind: 'live' }, { filter, address });
      if (connection.ended === undefined) accepted += 1;
    }
    return accepted;
  };
  expect(['a', 'b', 'c', 'd'].map(acceptedOf)).toEqual([500, 250, 125, 63]);
  const equal = new FakeConnection();
  const filter = createFilter({ tag: ['b 7'] });
  hub.subscribe(equal, { kind: 'live' }, { filter, address: 'a' });
  expect(equal.ended).toBeUndefined();
});

it('counts only the filters of open streams for an address', () => {
  const open = (tag: string) => {
    const connection = new FakeConnection();
    hub.subscribe(
      connection,
      { kind: 'live' },
      { filter: createFilter({ tag: [tag] }), address: 'a' },
    );
    return connection;
  };
  const [first] = Array.from({ length: 500 }, (_, index) => open(`tag ${index}`));
  const twin = open('tag 0');
  expect(open('another').ended).toBe('end');
  first?.close();
  expect(open('another').ended).toBe('end');
  twin.close();
  expect(open('another').ended).toBeUndefined();
});

it('measures the time from the publication of an entry until a subscriber was sent it', async () => {
  const delivered: number[] = [];
  hub = new Hub({ historyMaxBytes: 1_000_000, onDelivered: (seconds) => delivered.push(seconds) });
  const entry = { fingerprint: fingerprintOf(1), event: 'thing', data: '1' };
  hub.append({ ...entry, offset: 1, publishedAtMs: Date.now() - 1_000 });
  await flushed();
  expect(delivered).toEqual([]);
  const connection = subscribe({ kind: 'live' });
  hub.append({ ...entry, offset: 2, publishedAtMs: Date.now() - 2_000 });
  hub.append({ ...entry, offset: 3, publishedAtMs: Date.now() + 3_000 });
  hub.append({ ...entry, offset: 4 });
  await flushed();
  expect(connection.received.filter(({ event }) => event === 'thing')).toHaveLength(3);
  expect(delivered).toEqual([expect.closeTo(2, 1), 0]);
});
