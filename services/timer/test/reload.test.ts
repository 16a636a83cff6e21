import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryBus, type MemoryBus } from '@quotewire/bus';
import { scrapeQueue, topologyOf } from '@quotewire/events';
import { type App, createLogger, createMetrics } from '@quotewire/service';
import { LiveSources, loadSources, sourcesCounters } from '@quotewire/sources';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { buildTimerApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';

const WAIT = { timeout: 10_000, interval: 20 };
const logger = createLogger({ name: 'test', level: 'silent' });
const entry = (name: string, settings: object = {}) => ({
  name,
  url: `https://${name}.example/`,
  intervalSeconds: 86_400,
  item: 'p',
  fields: { text: ':scope' },
  ...settings,
});

let folder: string;
let path: string;
let bus: MemoryBus;
let live: LiveSources;
let app: App;
let jobs: string[];

const write = (...entries: object[]) => writeFile(path, JSON.stringify({ sources: entries }));
const post = (url: string, payload: object = {}) => app.inject({ method: 'POST', url, payload });
const view = async () => (await app.inject('/timer')).json();
const sourceIn = async (name: string) =>
  (await view()).sources.find((source: { name: string }) => source.name === name);
const asked = (...urls: string[]) => vi.waitFor(() => expect(jobs.toSorted()).toEqual(urls), WAIT);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'timer-reload-'));
  path = join(folder, 'sources.json');
  await write(entry('one'), entry('two'));
  bus = createMemoryBus({ name: 'test', topology: topologyOf(), logger });
  jobs = [];
  bus.consume(scrapeQueue, async ({ data }) => {
    jobs.push(data.url);
  });
  const config = loadConfig({ PORT: '0', HOST: '127.0.0.1', SOURCES_FILE: path });
  const sources = await loadSources(config.sources);
  const metrics = createMetrics();
  const count = metrics.counters(sourcesCounters);
  live = new LiveSources(config.sources, { sources, logger, count });
  app = await buildTimerApp({ config, bus, sources, live, logger, metrics });
  await app.listen({ port: 0, host: '127.0.0.1' });
  await post('/timer/start');
  await asked('https://one.example/', 'https://two.example/');
});
afterEach(async () => {
  live.close();
  await app.close();
  await bus.close();
  await rm(folder, { recursive: true });
});

it('requests a source at once when it is added to the file, and keeps the plan of the others', async () => {
  // the tick reaches the log after its job has reached the queue
  await vi.waitFor(async () => expect((await sourceIn('one')).lastTickAt).not.toBeNull(), WAIT);
  const before = await sourceIn('one');
  await write(entry('one'), entry('two'), entry('three'));
  await asked('https://one.example/', 'https://three.example/', 'https://two.example/');
  expect(await sourceIn('one')).toEqual(before);
  expect(await sourceIn('three')).toMatchObject({ enabled: true, intervalSeconds: 86_400 });
});

it('requests the changed address of a source, and repeats no slot', async () => {
  await write(entry('one', { url: 'https://one.example/new' }), entry('two'));
  await live.refresh();
  expect((await post('/timer/tick', { source: 'one' })).statusCode).toBe(202);
  await asked('https://one.example/', 'https://one.example/new', 'https://two.example/');
});

it('stops requesting a source that is removed or disabled', async () => {
  await write(entry('two', { enabled: false }));
  await live.refresh();
  expect((await view()).sources).toMatchObject([{ name: 'two', nextTickAt: null }]);
  expect((await post('/timer/tick', { source: 'one' })).statusCode).toBe(404);
  expect((await post('/timer/tick', { source: 'two' })).statusCode).toBe(409);
  expect((await post('/timer/tick')).json()).toEqual({ jobs: [] });
});

it('refuses an invalid file, names and counts its mistakes, and stays ready', async () => {
  await write(entry('one', { maxPages: 0 }), entry('two', { item: 'p[' }));
  await live.refresh();
  const { sources, sourcesFile } = await view();
  expect(sources).toMatchObject([{ name: 'one' }, { name: 'two' }]);
  expect(sourcesFile.problems).toEqual([
    expect.stringContaining('/sources/0/maxPages'),
    expect.stringContaining('/sources/1/item "p["'),
  ]);
  expect((await app.inject('/metrics')).body).toContain(
    'sources_reload_total{outcome="refused"} 1',
  );
  expect((await app.inject('/readyz')).statusCode).toBe(200);
});
