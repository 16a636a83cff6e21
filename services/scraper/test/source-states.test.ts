import { createMemoryBus, type DataOf, type MemoryBus } from '@quotewire/bus';
import { quotesLog, sourceStatus, topologyOf } from '@quotewire/events';
import { createLogger } from '@quotewire/service';
import type { Source } from '@quotewire/sources';
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
const sources = [source, { ...source, name: 'neighbour', url: 'https://example.org/2' }];

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

it('publishes a state once, and not again while it is the same', async () => {
  await states.report('example', { state: 'ok', detail: 'one' });
  await states.report('example', { state: 'ok', detail: 'two' });
  expect(await published()).toMatchObject([{ state: 'ok', detail: 'one' }]);
});

it('publishes what has not been published for an hour, and when it began', async () => {
  const since = '2026-01-01T00:00:00.000Z';
  const known = { source: 'example', state: 'ok', since, detail: 'one' } as const;
  states.learn(known, new Date(Date.now() - 3_600_000).toISOString());
  await states.report('example', { state: 'ok', detail: 'two' });
  await states.report('example', { state: 'ok', detail: 'three' });
  expect(await published()).toMatchObject([{ since, detail: 'two' }]);
});

it('says it again when the broker did not take it', async () => {
  const deaf = { ...bus, publish: () => Promise.reject(new Error('no broker')) };
  const unlucky = new SourceStates({ bus: deaf, sources });
  await expect(unlucky.report('example', { state: 'ok' })).rejects.toThrow('no broker');
  expect(unlucky.of('example')).toBeUndefined();
});

it('is not led back by what the log still brings of its own', async () => {
  const nextPage = 'https://example.org/4';
  const earlier = new Date(Date.now() - 1).toISOString();
  await states.report('example', { state: 'ok' });
  const [first] = await published();
  await states.report('example', { nextPage });
  if (first === undefined) throw new Error('nothing was published');
  states.learn(first, earlier);
  expect(states.of('example')).toMatchObject({ nextPage });
  states.learn({ ...first, state: 'failing' }, new Date(Date.now() + 1_000).toISOString());
  expect(states.of('example')).toMatchObject({ state: 'failing' });
});

it('asks for a whole page while that is broken', async () => {
  states.keepValidators('example', { etag: '"v1"' });
  await states.report('example', { state: 'ok', reachedEnd: true });
  expect(states.validatorsOf(source, source.url)).toEqual({ etag: '"v1"' });
  await states.report('example', { state: 'broken' });
  expect(states.validatorsOf(source, source.url)).toEqual({});
});

it('has a replica know what another has learnt', async () => {
  const blockedUntil = new Date(Date.now() + 60_000).toISOString();
  const nextPage = 'https://example.org/4';
  states.keepValidators('example', { etag: '"v1"' });
  await states.report('example', { state: 'blocked', blockedUntil, nextPage, reachedEnd: true });
  const replica = new SourceStates({ bus, sources });
  for (const known of await published()) replica.learn(known);
  expect(replica.of('example')).toEqual(states.of('example'));
  expect(replica.view()[0]).toMatchObject({
    status: { state: 'blocked' },
    blockedUntil,
    nextPage,
    reachedEnd: true,
  });
  expect(replica.validatorsOf(source, source.url)).toEqual({ etag: '"v1"' });
});

it('knows that a host is blocked for all of its sources', async () => {
  const blockedUntil = new Date(Date.now() + 60_000);
  await states.report('example', { state: 'blocked', blockedUntil: blockedUntil.toISOString() });
  expect(states.blockedUntil({ url: 'https://example.org/2' })).toEqual(blockedUntil);
  expect(states.blockedUntil({ url: 'https://other.example/' })).toBeUndefined();
});

it('lets a host be visited again when its time is over', async () => {
  const blockedUntil = new Date(Date.now() - 1).toISOString();
  await states.report('example', { state: 'blocked', blockedUntil });
  expect(states.blockedUntil(source)).toBeUndefined();
});

it('counts the sources in each state', async () => {
  await states.report('example', { state: 'failing' });
  expect(states.counts()).toMatchObject({ failing: 1, ok: 0 });
});
