import { readFileSync, writeFileSync } from 'node:fs';
import { createMemoryBus, type MemoryBus } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { type App, createLogger, createMetrics } from '@quotewire/service';
import { loadSources } from '@quotewire/sources';
import { serveSite, type Site } from '@quotewire/testing/serve-site';
import { writeSources } from '@quotewire/testing/write-sources';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildScraperApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';

const logger = createLogger({ name: 'test', level: 'silent' });
const TOKEN = 'a-long-secret';
const PAGE = ['Well begun is half done.', 'Nothing in excess.', 'All things are full of gods.']
  .map((text) => `<div class="quote"><q>${text}</q> <b class="author">Solon</b></div>`)
  .join('\n');

let site: Site;
let path: string;
let bus: MemoryBus;
let app: App;

beforeAll(async () => {
  site = await serveSite((url, response) => {
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(url === '/none' ? '<p>Hello</p>' : PAGE);
  });
});
beforeEach(async () => {
  // its entry makes the site the operator's own
  path = writeSources([entryFor('known', { enabled: false })]);
  await open();
});
afterEach(close);

async function open(env: Record<string, string> = {}): Promise<void> {
  bus = createMemoryBus({ name: 'test', topology: topologyOf(), logger });
  const config = loadConfig({ PORT: '0', HOST: '127.0.0.1', SOURCES_FILE: path, ...env });
  const sources = await loadSources(config.sources);
  app = await buildScraperApp({ config, bus, sources, logger, metrics: createMetrics() });
}
async function close(): Promise<void> {
  await app.close();
  await bus.close();
}
function entryFor(name: string, settings: object = {}) {
  return { name, url: `${site.url}/`, item: 'div.quote', fields: { text: 'q' }, ...settings };
}

interface Asked {
  headers?: Record<string, string>;
  remoteAddress?: string;
}
async function post(url: string, body: unknown, { headers = {}, ...asked }: Asked = {}) {
  const response = await app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    payload: JSON.stringify(body),
    ...asked,
  });
  return { status: response.statusCode, body: response.json() };
}
const fileText = () => readFileSync(path, 'utf8');

it('shows browsers a page, and others JSON', async () => {
  const page = await app.inject({ url: '/sources', headers: { accept: 'text/html' } });
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.headers.vary).toContain('accept');
  expect(page.body).toContain('<noscript>');
  expect((await app.inject('/sources/assets/sources.js')).statusCode).toBe(200);
  expect((await app.inject('/sources')).json().sources).toMatchObject([{ name: 'known' }]);
});

it('proposes an entry for a URL, with what it would publish', async () => {
  const { status, body } = await post('/sources/propose', { url: `${site.url}/quotes` });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    entry: { name: '127-0-0-1', url: `${site.url}/quotes`, fields: { author: expect.any(String) } },
    notes: [expect.stringContaining('next page')],
    quotes: [{ author: 'Solon' }, {}, {}],
  });
});

it('tries an entry, edited ones on the page that it has', async () => {
  const url = `${site.url}/tried`;
  const requests = () => site.requests.filter((asked) => asked === '/tried').length;
  const first = await post('/sources/try', { source: entryFor('new', { url }) });
  expect(first).toMatchObject({ status: 200, body: { quotes: [{ author: '' }, {}, {}] } });
  const fields = { text: 'q', author: 'b' };
  const edited = await post('/sources/try', { source: entryFor('new', { url, fields }) });
  expect(edited.body.quotes[0]).toMatchObject({ author: 'Solon' });
  expect(requests()).toBe(1);
  expect(fileText()).not.toContain('/tried');
});

it('adds an entry to the file', async () => {
  const saved = await post('/sources', { source: entryFor('new') });
  expect(saved).toEqual({ status: 201, body: { name: 'new', path } });
  expect(JSON.parse(fileText()).sources).toMatchObject([{ name: 'known' }, entryFor('new')]);
});

describe('refuses with the fix', () => {
  it.for([
    ['/sources/propose', {}, 400, 'required property \'url\': send {"url": "https://'],
    ['/sources/propose', { url: {} }, 400, 'body/url must be string: send {"url"'],
    [
      '/sources/propose',
      { link: 'x', url: 'x' },
      400,
      'has no property "link"; known: url: send {"url"',
    ],
    ['/sources/propose', { url: 'example' }, 400, 'url "example" is no address of a page: it'],
    ['/sources/propose', { url: 'file:///etc/passwd' }, 400, 'begins with https:// or http://'],
    ['/sources/propose', { url: 'https://me:pw@example.org/' }, 400, 'leave them out'],
    [
      '/sources/propose',
      { url: 'http://127.0.0.1:9/' },
      502,
      'no public address: set "allowPrivate"',
    ],
    ['/sources/try', { source: 'known' }, 400, 'body/source must be object: send {"source"'],
    [
      '/sources/try',
      { source: { name: 'new' } },
      400,
      'the entry: must have required properties url',
    ],
    ['/sources', {}, 400, 'required property \'source\': send {"source"'],
    ['/sources', { source: { name: 'New' } }, 400, 'the entry: /name must'],
  ] as const)('%s %j', async ([url, body, status, message]) => {
    const before = fileText();
    const refused = await post(url, body);
    expect(refused).toEqual({
      status,
      body: expect.objectContaining({ message: expect.stringContaining(message) }),
    });
    expect(fileText()).toBe(before);
  });

  it.for(['try', ''])('a private host that the file has not (%s)', async (route) => {
    const source = entryFor('new', { url: 'http://127.0.0.1:9/' });
    const { status, body } = await post(`/sources${route && `/${route}`}`, { source });
    expect([status, body.message]).toEqual([400, expect.stringContaining('by hand')]);
  });

  it('a page without quotes', async () => {
    const { status, body } = await post('/sources/propose', { url: `${site.url}/none` });
    expect([status, body.message]).toEqual([422, expect.stringContaining('is it the right page?')]);
  });

  it('a name that is taken', async () => {
    const { status, body } = await post('/sources', { source: entryFor('known') });
    expect([status, body.message]).toEqual([409, expect.stringContaining('choose another name')]);
  });

  it('a file that is invalid by now', async () => {
    writeFileSync(path, '{');
    const { status, body } = await post('/sources', { source: entryFor('new') });
    expect([status, body.message]).toEqual([409, expect.stringContaining('is not JSON')]);
  });

  it('a second trial of the same address at the same time', async () => {
    const both = await Promise.all(
      ['a', 'b'].map((name) => post('/sources/propose', { url: `${site.url}/${name}` })),
    );
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 429]));
  });
});

describe('who may add', () => {
  const routes = ['/sources/propose', '/sources/try', '/sources'];
  const elsewhere = { remoteAddress: '203.0.113.7' };
  const ask = async (url: string, asked: Asked) => {
    const { status, body } = await post(url, {}, asked);
    return [status, body.message];
  };

  it.for(routes)('without a token only this machine: %s', async (url) => {
    const refused = [403, expect.stringContaining('set ADMIN_TOKEN')];
    expect(await ask(url, elsewhere)).toEqual(refused);
    for (const headers of [
      { 'x-forwarded-for': '127.0.0.1' },
      { forwarded: 'for=127.0.0.1' },
      { host: 'stranger.example' },
    ]) {
      expect(await ask(url, { headers })).toEqual(refused);
    }
    for (const remoteAddress of ['127.0.0.1', '::1', '::ffff:127.0.0.1'])
      expect((await ask(url, { remoteAddress }))[0]).toBe(400);
  });

  it.for(routes)('with a token those who send it, from anywhere: %s', async (url) => {
    await close();
    await open({ ADMIN_TOKEN: TOKEN });
    const authorization = `Bearer ${TOKEN}`;
    expect((await ask(url, {}))[0]).toBe(401);
    expect((await ask(url, { headers: { authorization: `${authorization}!` } }))[0]).toBe(401);
    expect((await ask(url, { headers: { authorization }, ...elsewhere }))[0]).toBe(400);
  });
});
