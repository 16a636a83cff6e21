import { createMemoryBus, type DataOf, type MemoryBus } from '@quotewire/bus';
import { quotesLog, sourcesSnapshot, sourceStatus, topologyOf } from '@quotewire/events';
import { createLogger } from '@quotewire/service';
import { identityOf, type Source } from '@quotewire/sources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SourceStates } from '../src/source-states.ts';

const source: Source = {
  name: 'example',
  enabled: true,
  url: 'https://example.org/1',
  item: 'p',
  fields: { text: ':scope' },
  maxPages: 20,
};
const neighbour: Source = { ...source, name: 'neighbour', url: 'https://example.org/2' };
const sources = [source, neighbour];

const complete = { reachedEnd: true, sweptAt: new Date().toISOString(), etag: '"v1"' };

let bus: MemoryBus;
let states: SourceStates;

beforeEach(() => {
  const logger = createLogger({ name: 'test', level: 'silent' });
  bus = createMemoryBus({ name: 'test', topology: topologyOf(), logger });
  states = new SourceStates({ bus, sources });
});
afterEach(() => bus.close());

async function published(): Promise<DataOf<typeof sourceStatus>[]> {
  const found: DataOf<typeof sourceStatus>[] = [];
  const follower = bus.follow(quotesLog, ({ event }) => {
    if (event?.type === sourceStatus.type) found.push(event.data);
  });
  await follower.caughtUp;
  await follower.close();
  return found;
}

async function snapshots(): Promise<DataOf<typeof sourcesSnapshot>['sources'][]> {
  const found: DataOf<typeof sourcesSnapshot>['sources'][] = [];
  const follower = bus.follow(quotesLog, ({ event }) => {
    if (event?.type === sourcesSnapshot.type) found.push(event.data.sources);
  });
  await follower.caughtUp;
  await follower.close();
  return found;
}

it('publishes an unchanged state once', async () => {
  await states.report(source, { state: 'ok', detail: 'one' });
  await states.report(source, { state: 'ok', detail: 'two' });
  expect(await published()).toMatchObject([{ state: 'ok', detail: 'one' }]);
});

it('publishes all states again after an hour, each with its since', async () => {
  const since = '2026-01-01T00:00:00.000Z';
  const entry = identityOf(source);
  const known = { source: 'example', entry, state: 'ok', since, detail: 'one' } as const;
  const at = new Date(Date.now() - 3_600_000).toISOString();
  states.learn(known, at);
  const other = { ...known, source: 'neighbour', entry: identityOf(neighbour) };
  states.learn(other, at);
  states.learnNews({ source: 'example', scrapedAt: since });
  await states.report(source, { state: 'ok', detail: 'two' });
  await states.report(neighbour, { state: 'ok', detail: 'three' });
  expect(await published()).toEqual([]);
  expect(await snapshots()).toEqual([
    [
      { ...known, detail: 'two', at, newsAt: since },
      { ...other, at },
    ],
  ]);
});

it("does not repeat the states of another replica's snapshot", async () => {
  const since = '2026-01-01T00:00:00.000Z';
  const entry = identityOf(source);
  const known = { source: 'example', entry, state: 'ok', since, detail: 'one' } as const;
  const at = new Date(Date.now() - 3_600_000).toISOString();
  states.learn(known, at);
  states.learnSnapshot([{ ...known, at }], new Date().toISOString());
  await states.report(source, { state: 'ok', detail: 'two' });
  expect(await snapshots()).toEqual([]);
});

it('learns from a snapshot when a run ended last', () => {
  const at = '2026-01-01T00:00:00.000Z';
  const entry = identityOf(source);
  const known = { source: 'example', entry, state: 'ok', since: at, detail: 'one' } as const;
  states.learn(known, at);
  const lastRunAt = '2026-01-01T00:10:00.000Z';
  states.learnSnapshot([{ ...known, lastRunAt, at }], '2026-01-01T00:11:00.000Z');
  expect(states.of('example')).toEqual({ ...known, lastRunAt });
});

it('publishes a state again after a failed publish', async () => {
  const deaf = { ...bus, publish: () => Promise.reject(new Error('no broker')) };
  const unlucky = new SourceStates({ bus: deaf, sources });
  await expect(unlucky.report(source, { state: 'ok' })).rejects.toThrow('no broker');
  expect(unlucky.of('example')).toBeUndefined();
});

it('ignores its own older entries in the log', async () => {
  const nextPage = 'https://example.org/4';
  const earlier = new Date(Date.now() - 1).toISOString();
  await states.report(source, { state: 'ok' });
  const [first] = await published();
  await states.report(source, { nextPage });
  if (first === undefined) throw new Error('nothing was published');
  states.learn(first, earlier);
  expect(states.of('example')).toMatchObject({ nextPage });
  states.learn({ ...first, state: 'failing' }, new Date(Date.now() + 1_000).toISOString());
  expect(states.of('example')).toMatchObject({ state: 'failing' });
});

it('returns no validators while the source is broken', async () => {
  await states.report(source, { state: 'ok', ...complete });
  expect(states.validatorsOf(source)).toEqual({ etag: '"v1"' });
  await states.report(source, { state: 'broken' });
  expect(states.validatorsOf(source)).toEqual({});
});

it('returns no validators in random mode', async () => {
  const picking: Source = { ...source, mode: 'random' };
  const ofPicking = new SourceStates({ bus, sources: [picking] });
  await ofPicking.report(picking, { state: 'ok', ...complete });
  expect(ofPicking.progressOf(picking)).toMatchObject({ isComplete: true });
  expect(ofPicking.validatorsOf(picking)).toEqual({});
});

it('learns the states of another replica', async () => {
  const blockedUntil = new Date(Date.now() + 60_000).toISOString();
  const nextPage = 'https://example.org/4';
  await states.report(source, { state: 'blocked', blockedUntil, nextPage, ...complete });
  const replica = new SourceStates({ bus, sources });
  for (const known of await published()) replica.learn(known);
  expect(replica.of('example')).toEqual(states.of('example'));
  expect(replica.view()[0]).toMatchObject({
    status: { state: 'blocked' },
    blockedUntil,
    nextPage,
    reachedEnd: true,
  });
  expect(replica.validatorsOf(source)).toEqual({ etag: '"v1"' });
});

it('blocks a host for all of its sources', async () => {
  const blockedUntil = new Date(Date.now() + 60_000);
  await states.report(source, { state: 'blocked', blockedUntil: blockedUntil.toISOString() });
  expect(states.blockedUntil({ url: 'https://example.org/2' })).toEqual(blockedUntil);
  expect(states.blockedUntil({ url: 'https://other.example/' })).toBeUndefined();
});

it('unblocks a host after blockedUntil', async () => {
  const blockedUntil = new Date(Date.now() - 1).toISOString();
  await states.report(source, { state: 'blocked', blockedUntil });
  expect(states.blockedUntil(source)).toBeUndefined();
});

it('counts the sources in each state', async () => {
  await states.report(source, { state: 'failing' });
  expect(states.counts()).toMatchObject({ failing: 1, ok: 0 });
});

it('drops the progress of an earlier entry, and keeps the block of its host', async () => {
  const blockedUntil = new Date(Date.now() + 60_000).toISOString();
  const nextPage = 'https://example.org/4';
  await states.report(source, { state: 'broken', ...complete, nextPage, blockedUntil });
  const changed = { ...source, next: 'a.next' };
  const restarted = new SourceStates({ bus, sources: [changed] });
  for (const known of await published()) restarted.learn(known);
  expect(restarted.progressOf(changed)).toEqual({ isComplete: false });
  expect(restarted.validatorsOf(changed)).toEqual({});
  expect(restarted.of('example')).toMatchObject({ state: 'broken', blockedUntil });
});

it('requires all pages again a day after the last complete run', async () => {
  const longAgo = new Date(Date.now() - 25 * 3_600_000).toISOString();
  await states.report(source, { state: 'ok', ...complete, sweptAt: longAgo });
  expect(states.progressOf(source)).toMatchObject({ isComplete: false });
  expect(states.validatorsOf(source)).toEqual({});
  const daily = { ...source, intervalSeconds: 86_400 };
  expect(states.progressOf(daily)).toMatchObject({ isComplete: true });
});
