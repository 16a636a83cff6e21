import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMemoryBus, type DataOf, type MemoryBus } from '@quotewire/bus';
import {
  quoteScraped,
  quotesLog,
  scrapeRequested,
  sourceStatus,
  topologyOf,
} from '@quotewire/events';
import { type App, createLogger, createMetrics } from '@quotewire/service';
import { parseSources, type Source } from '@quotewire/sources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildScraperApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';

const logger = createLogger({ name: 'test', level: 'silent' });

let site: Server;
let origin: string;
let answer: RequestListener;
let bus: MemoryBus;
let app: App;
let sources: readonly Source[];

beforeEach(async () => {
  answer = (_, response) => response.end('<p>one</p><p>two</p>');
  site = createServer((request, response) => {
    if (request.url === '/robots.txt') response.writeHead(404).end();
    else answer(request, response);
  });
  await new Promise<void>((resolve) => {
    site.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  bus = createMemoryBus({ name: 'test', topology: topologyOf(), logger });
  const entry = { name: 'example', url: `${origin}/`, item: 'p', fields: { text: ':scope' } };
  const config = loadConfig({ PORT: '0', HOST: '127.0.0.1' });
  sources = parseSources(JSON.stringify({ sources: [entry] }), config.sources);
  app = await buildScraperApp({ config, bus, sources, logger, metrics: createMetrics() });
});
afterEach(async () => {
  await app.close();
  await bus.close();
  site.closeAllConnections();
  site.close();
});

const preview = (name: string) => app.inject({ method: 'POST', url: `/sources/${name}/preview` });

/** Follows the log to the next state of a source; resolves with the state and the quotes before it. */
async function scraped() {
  const texts: string[] = [];
  const { promise, resolve } = Promise.withResolvers<DataOf<typeof sourceStatus>>();
  bus.follow(quotesLog, ({ event }) => {
    if (event?.type === quoteScraped.type) texts.push(event.data.text);
    if (event?.type === sourceStatus.type) resolve(event.data);
  });
  await bus.publish(scrapeRequested, {
    source: 'example',
    runId: 'run-1',
    page: 1,
    url: `${origin}/`,
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
  });
  return { status: await promise, texts };
}

it('previews a source and publishes nothing', async () => {
  const response = await preview('example');
  expect(response.json()).toMatchObject({
    quotes: [{ text: 'one', url: `${origin}/` }, { text: 'two' }],
    dropped: [],
    charset: 'utf-8',
  });
  expect((await app.inject('/sources')).json().sources).toMatchObject([
    { name: 'example', status: null, work: null },
  ]);
});

it('refuses a preview of a blocked host, and sends no request', async () => {
  let requests = 0;
  answer = (_, response) => {
    requests += 1;
    response.writeHead(429, { 'retry-after': '3600' }).end();
  };
  await app.ready();
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { status } = await scraped();
  expect(status).toMatchObject({ state: 'blocked' });
  const refused = await preview('example');
  expect(refused.statusCode).toBe(503);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_000);
  expect(requests).toBe(1);
});

it('refuses a preview without the token', async () => {
  const guarded = await buildScraperApp({
    config: loadConfig({ PORT: '0', HOST: '127.0.0.1', ADMIN_TOKEN: 'a-long-secret' }),
    bus,
    sources,
    logger,
    metrics: createMetrics(),
  });
  const ask = (headers: Record<string, string>) =>
    guarded.inject({ method: 'POST', url: '/sources/example/preview', headers });
  expect((await ask({})).statusCode).toBe(401);
  expect((await ask({ authorization: 'Bearer a-long-secreT' })).statusCode).toBe(401);
  expect((await ask({ authorization: 'Bearer a-long-secret' })).statusCode).toBe(200);
  await guarded.close();
});

it('answers 404 for an unknown source', async () => {
  const response = await preview('nobody');
  expect([response.statusCode, response.json().message]).toEqual([
    404,
    'there\'s no source "nobody"; see GET /sources',
  ]);
});

it.for([
  ['cannot be had', 404, '', 'answered 404'],
  ['cannot be read', 200, '<div>'.repeat(2_000), 'nests elements more than 1000 deep'],
] as const)('reports why a page %s', async ([, status, body, reason]) => {
  answer = (_, response) => response.writeHead(status).end(body);
  const response = await preview('example');
  expect(response.statusCode).toBe(502);
  expect(response.json().message).toContain(reason);
});

it('consumes jobs, and counts sources by state', async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { status, texts } = await scraped();
  expect(texts).toEqual(['two', 'one']);
  expect(status).toMatchObject({ source: 'example', state: 'ok' });
  const { body } = await app.inject('/metrics');
  expect(body).toContain('scraper_sources{state="ok"} 1\n');
  expect(body).toContain('scraper_sources{state="broken"} 0\n');
  expect(body).toContain('item_scraped_count_total{source="example"} 2\n');
});

it('finishes the page in progress on close', async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  let closing: Promise<void> | undefined;
  answer = (_, response) => {
    closing = app.close();
    response.end('<p>one</p><p>two</p>');
  };
  const { status, texts } = await scraped();
  await closing;
  expect(texts).toEqual(['two', 'one']);
  expect(status).toMatchObject({ state: 'ok' });
});
