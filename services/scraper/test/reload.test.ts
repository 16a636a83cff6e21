import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryBus, type MemoryBus } from '@quotewire/bus';
import { quoteScraped, quotesLog, scrapeRequested, topologyOf } from '@quotewire/events';
import { type App, createLogger, createMetrics } from '@quotewire/service';
import { LiveSources, loadSources, sourcesCounters } from '@quotewire/sources';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { buildScraperApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';

const WAIT = { timeout: 20_000, interval: 20 };
const logger = createLogger({ name: 'test', level: 'silent' });

let folder: string;
let path: string;
let site: Server;
let origin: string;
let answer: RequestListener;
let bus: MemoryBus;
let live: LiveSources;
let app: App;
let texts: string[];

const entry = (name: string, settings: object = {}) => ({
  name,
  url: `${origin}/${name}`,
  item: 'p',
  fields: { text: ':scope' },
  ...settings,
});
const write = (...entries: object[]) => writeFile(path, JSON.stringify({ sources: entries }));
const preview = (name: string) => app.inject({ method: 'POST', url: `/sources/${name}/preview` });
const view = async () => (await app.inject('/sources')).json();
const comes = (text: string) => vi.waitFor(() => expect(texts).toContain(text), WAIT);
const request = (name: string, job: object = {}) =>
  bus.publish(scrapeRequested, {
    source: name,
    runId: `run of ${name}`,
    page: 1,
    url: `${origin}/${name}`,
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    ...job,
  });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scraper-reload-'));
  path = join(folder, 'sources.json');
  answer = ({ url }, response) => response.end(`<p>of ${url}</p><i>in italics</i>`);
  site = createServer((incoming, response) => {
    if (incoming.url === '/robots.txt') response.writeHead(404).end();
    else answer(incoming, response);
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  await write(entry('one'));
  bus = createMemoryBus({ name: 'test', topology: topologyOf(), logger });
  texts = [];
  bus.follow(quotesLog, ({ event }) => {
    if (event?.type === quoteScraped.type) texts.push(event.data.text);
  });
  const config = loadConfig({ PORT: '0', HOST: '127.0.0.1', SOURCES_FILE: path });
  const sources = await loadSources(config.sources);
  const metrics = createMetrics();
  const count = metrics.counters(sourcesCounters);
  live = new LiveSources(config.sources, { sources, logger, count });
  app = await buildScraperApp({ config, bus, sources, live, logger, metrics });
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  live.close();
  await app.close();
  await bus.close();
  site.closeAllConnections();
  site.close();
  await rm(folder, { recursive: true });
});

it('scrapes a source that was added to the file', async () => {
  await write(entry('one'), entry('two'));
  await vi.waitFor(async () => expect((await view()).sources).toHaveLength(2), WAIT);
  expect((await preview('two')).json()).toMatchObject({ quotes: [{ text: 'of /two' }] });
  await request('two');
  await comes('of /two');
});

it('handles a job of a source that only the timer has reloaded', async () => {
  await live.refresh();
  await write(entry('one'), entry('two'));
  await request('two');
  await comes('of /two');
  expect((await view()).sources).toHaveLength(2);
});

it('handles a job of a source whose move to another site only the timer has reloaded', async () => {
  await live.refresh();
  const moved = `http://localhost:${new URL(origin).port}/moved`;
  await write(entry('one', { url: moved }));
  await request('one', { url: moved });
  await comes('of /moved');
  expect((await view()).sources).toMatchObject([{ url: moved }]);
});

it('finishes a job in progress with its own entry, and uses the new entry for the next job', async () => {
  const asked = Promise.withResolvers<() => void>();
  answer = (_, response) =>
    asked.resolve(() => response.end('<p>by the old entry</p><i>by the new entry</i>'));
  await request('one');
  const release = await asked.promise;
  await write(entry('one', { item: 'i' }));
  await live.refresh();
  release();
  await comes('by the old entry');
  await vi.waitFor(async () => {
    const [{ status, reachedEnd }] = (await view()).sources;
    // the progress of the old entry doesn't count for the new one
    expect({ state: status?.state, reachedEnd }).toEqual({ state: 'ok', reachedEnd: false });
  }, WAIT);
  expect(texts).toEqual(['by the old entry']);
  answer = (_, response) => response.end('<i>by the new entry</i>');
  await request('one', { runId: 'run 2' });
  await comes('by the new entry');
  await vi.waitFor(async () => expect((await view()).sources[0].reachedEnd).toBe(true), WAIT);
});

it("drops a source's progress when its identity changes, and keeps it when only the interval changes", async () => {
  await request('one');
  await vi.waitFor(async () => expect((await view()).sources[0].reachedEnd).toBe(true), WAIT);
  await write(entry('one', { intervalSeconds: 3_600 }));
  await live.refresh();
  expect((await view()).sources[0]).toMatchObject({ reachedEnd: true, status: { state: 'ok' } });
  await write(entry('one', { item: 'i' }));
  await live.refresh();
  expect((await view()).sources[0]).toMatchObject({ reachedEnd: false, status: { state: 'ok' } });
});

it('connects to a private address once its source sets allowPrivate', async () => {
  await write(entry('one', { allowPrivate: false }));
  await live.refresh();
  expect((await preview('one')).statusCode).toBe(502);
  await write(entry('one', { allowPrivate: true }));
  await live.refresh();
  expect((await preview('one')).json()).toMatchObject({ quotes: [{ text: 'of /one' }] });
});

it('refuses an invalid file, names and counts its errors, and stays ready', async () => {
  await write(entry('one', { maxPages: 0 }), entry('two', { item: 'p[' }));
  await live.refresh();
  expect(await view()).toMatchObject({
    sources: [{ name: 'one' }],
    sourcesFile: {
      path,
      problems: [
        expect.stringContaining('/sources/0/maxPages'),
        expect.stringContaining('/sources/1/item "p["'),
      ],
    },
  });
  expect((await app.inject('/metrics')).body).toContain(
    'sources_reload_total{outcome="refused"} 1',
  );
  expect((await app.inject('/readyz')).statusCode).toBe(200);
  expect((await preview('one')).json()).toMatchObject({ quotes: [{ text: 'of /one' }] });
});
