import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConnectionLimit } from '../src/connection-limit.ts';
import { Hub } from '../src/hub.ts';
import { stream, type StreamOptions } from '../src/stream-plugin.ts';
import { arrived, send } from './raw-client.ts';

const PLAIN = 'GET /numbers HTTP/1.1\r\nhost: x\r\n\r\n';

let hub: Hub;
let app: FastifyInstance;
/** The requests that the app received. */
let seen: string[];
let url: URL;

function append(offset: number): void {
  hub.append({ offset, fingerprint: 'aaaaaaaaaaaa', event: 'number', data: String(offset) });
}

async function listen(options: Partial<StreamOptions> = {}): Promise<void> {
  await app.register(stream, { path: '/numbers', hub, fastPath: { trustProxy: true }, ...options });
  url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  seen = [];
}

beforeEach(() => {
  hub = new Hub({ historyMaxBytes: 1_000_000 });
  app = Fastify();
  seen = [];
  app.addHook('onRequest', async (request, reply) => {
    seen.push(`${request.method} ${request.url}`);
    void reply.header('x-of-another-plugin', '1');
  });
  app.post('/echo', (request) => request.body);
});
afterEach(() => app.close());

it('serves a plain request itself, with the headers that the app sets', async () => {
  await listen();
  append(1);
  const client = await send(url, PLAIN.replace('/numbers', '/numbers?limit=1'));
  await arrived(client, 'data: 1\n');
  append(2);
  const text = await arrived(client, 'data: 2\n');
  expect(seen).toEqual([]);
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(head).toContain('content-type: text/event-stream\r\n');
  expect(head).toContain('x-of-another-plugin: 1\r\n');
  expect(head).toContain('transfer-encoding: chunked\r\n');
  expect(head.match(/^date: [A-Z][a-z]{2}, \d/gm)).toHaveLength(1);
  expect(head).not.toContain('content-length');
  expect(body).toMatch(/^[0-9a-f]+\r\nretry: \d{4}\n\nid: 1-000000000000\n\n\r\n/);
  expect(text.match(/data: \d/g)).toEqual(['data: 1', 'data: 2']);
});

it('sends a response that an HTTP client parses', async () => {
  await listen();
  const { body, status } = await fetch(new URL('/numbers', url), {
    headers: { accept: 'text/event-stream', 'cache-control': 'no-cache' },
  });
  expect(status).toBe(200);
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  append(1);
  while (!text.includes('data: 1\n'))
    text += String(Buffer.from((await reader.read()).value ?? []));
  expect(seen).toEqual([]);
  const rest = reader.read();
  await app.close();
  expect((await rest).done).toBe(true);
});

it('passes all other requests to the app, bodies and second requests included', async () => {
  await listen();
  const post = await fetch(new URL('/echo', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'x'.repeat(200_000) }),
  });
  expect(((await post.json()) as { text: string }).text).toHaveLength(200_000);
  const echo =
    'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a":1}';
  const client = await send(url, echo);
  await arrived(client, '{"a":1}');
  client.socket.write(PLAIN);
  append(1);
  await arrived(client, 'retry:');
  append(2);
  await arrived(client, 'data: 2\n');
  expect(seen).toEqual(['POST /echo', 'POST /echo', 'GET /numbers']);
});

it.for([
  ['comes in two parts', [PLAIN.slice(0, 20), PLAIN.slice(20)]],
  ['has an origin', [PLAIN.replace('host: x', 'host: x\r\norigin: http://y')]],
  ['has a filter that there is none of', [PLAIN.replace('/numbers', '/numbers?tag=a')]],
] as const)('leaves a request for the stream to the app that %s', async ([, parts]) => {
  await listen();
  const [first, ...others] = parts;
  const arriving = once(app.server, 'connection').then(([socket]) => once(socket, 'data'));
  const client = await send(url, first);
  await arriving;
  for (const part of others) client.socket.write(part);
  append(1);
  await arrived(client, 'retry:');
  expect(seen).toHaveLength(1);
});

it('limits the streams of the address that the proxy forwards', async () => {
  await listen({ connectionLimit: new ConnectionLimit({ maxPerAddress: 1 }) });
  const from = (address: string) =>
    PLAIN.replace('host: x', `host: x\r\nx-forwarded-for: ${address}`);
  await arrived(await send(url, from('192.0.2.1')), 'id: ');
  const refused = await send(url, from('198.51.100.1, 192.0.2.1'));
  await once(refused.socket, 'end');
  expect(refused.text()).toMatch(/\r\n\r\n[0-9a-f]+\r\nretry: \d{4}\n\n\r\n0\r\n\r\n$/);
  await arrived(await send(url, from('192.0.2.2')), 'id: ');
});

it('removes a subscriber that ends or resets its connection', async () => {
  await listen();
  const polite = await send(url, PLAIN);
  const rude = await send(url, PLAIN);
  await arrived(polite, 'id: ');
  await arrived(rude, 'id: ');
  expect(hub.subscriberCount).toBe(2);
  polite.socket.end();
  rude.socket.resetAndDestroy();
  await expect.poll(() => hub.subscriberCount).toBe(0);
});

// sooner than the timeout of a silent connection
it('closes silent connections when the app closes', { timeout: 10_000 }, async () => {
  await listen();
  const silent = connect(Number(url.port), url.hostname);
  await once(silent, 'connect');
  const client = await send(url, PLAIN);
  await arrived(client, 'id: ');
  silent.resume();
  const ended = Promise.all([once(silent, 'close'), once(client.socket, 'end')]);
  await app.close();
  await ended;
  expect(client.text()).toMatch(/\r\n0\r\n\r\n$/);
});

it('closes stalled connections when the app closes', { timeout: 10_000 }, async () => {
  await listen();
  const stalled = connect(Number(url.port), url.hostname).pause();
  stalled.on('error', () => {}).write(PLAIN);
  await expect.poll(() => hub.subscriberCount).toBe(1);
  // the kernel's buffer is full, but the hub hasn't noticed
  const data = 'x'.repeat(60_000);
  for (let offset = 1; offset <= 200; offset += 1) {
    hub.append({ offset, fingerprint: 'aaaaaaaaaaaa', data });
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await app.close();
  expect(hub.subscriberCount).toBe(0);
  stalled.destroy();
});

it('begins with the newest entries by default where that is set', async () => {
  await listen({ newest: 2 });
  for (const offset of [1, 2, 3]) append(offset);
  for (const [query, numbers] of [
    ['', ['2', '3']],
    ['?limit=1', ['3']],
    ['?tag=a', ['2', '3']],
  ] as const) {
    const client = await send(url, PLAIN.replace('/numbers', `/numbers${query}`));
    const text = await arrived(client, 'data: 3\n');
    expect(text.match(/data: \d/g)).toEqual(numbers.map((number) => `data: ${number}`));
  }
});

it('sends the same headers for proxies and caches as the app', async () => {
  await listen();
  for (const request of [PLAIN, PLAIN.replace('host: x', 'host: x\r\norigin: http://y')]) {
    const client = await send(url, request);
    const [head = ''] = (await arrived(client, 'retry:')).split('\r\n\r\n', 1);
    expect(head).toContain('cache-control: no-cache, no-transform\r\n');
    expect(head).toContain('x-accel-buffering: no\r\n');
  }
  expect(seen).toHaveLength(1);
});

it('sends connection: close, so that no proxy reuses the connection', async () => {
  await listen();
  const client = await send(url, PLAIN);
  const [head = ''] = (await arrived(client, 'retry:')).split('\r\n\r\n', 1);
  expect(head).toContain('\r\nconnection: close\r\n');
  expect(head).not.toContain('keep-alive');
});

it('passes streams to an app that refuses a browser without a session', async () => {
  app.addHook('onRequest', async ({ headers }, reply) => {
    if (headers.cookie !== 'session=1') await reply.code(401).send({ message: 'log in first' });
  });
  await listen();
  const refused = await send(url, PLAIN);
  expect(await arrived(refused, 'log in first')).toMatch(/^HTTP\/1\.1 401 /);
  const served = await send(url, PLAIN.replace('host: x', 'host: x\r\ncookie: session=1'));
  expect(await arrived(served, 'retry:')).toMatch(/^HTTP\/1\.1 200 /);
  expect(seen).toEqual(['GET /numbers', 'GET /numbers']);
});

it('passes streams to an app that answers HEAD with an error, even with the type of a stream', async () => {
  app.addHook('onRequest', async ({ method }, reply) => {
    if (method === 'HEAD') await reply.code(403).type('text/event-stream').send('');
  });
  await listen();
  await arrived(await send(url, PLAIN), 'retry:');
  expect(seen).toEqual(['GET /numbers']);
});

it('passes streams to an app that sets a cookie for each browser', async () => {
  let sessions = 0;
  app.addHook('onRequest', async (_request, reply) => {
    sessions += 1;
    void reply.header('set-cookie', `session=${sessions}`);
  });
  await listen();
  const cookies = new Set<string | undefined>();
  for (const client of [await send(url, PLAIN), await send(url, PLAIN)]) {
    cookies.add(/session=\d+/.exec(await arrived(client, 'retry:'))?.[0]);
  }
  expect(cookies.size).toBe(2);
});

it('passes streams to an app that answers HEAD with another type', async () => {
  app.addHook('onSend', async ({ method }, reply) => {
    if (method === 'HEAD') void reply.type('text/plain');
  });
  await listen();
  await arrived(await send(url, PLAIN), 'retry:');
  expect(seen).toEqual(['GET /numbers']);
});

it('serves a path under a prefix, and not the same path without the prefix', async () => {
  app.get('/numbers', () => 'a page of the app');
  await app.register(
    async (scope) => {
      await scope.register(stream, { path: '/numbers', hub, fastPath: { trustProxy: true } });
    },
    { prefix: '/live' },
  );
  url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  seen = [];
  await arrived(await send(url, PLAIN), 'a page of the app');
  expect(seen).toEqual(['GET /numbers']);
  await arrived(await send(url, PLAIN.replace('/numbers', '/live/numbers')), 'retry:');
  expect(seen).toEqual(['GET /numbers']);
});

it('ignores X-Forwarded-For unless a proxy is trusted', async () => {
  await listen({
    fastPath: { trustProxy: false },
    connectionLimit: new ConnectionLimit({ maxPerAddress: 1 }),
  });
  const from = (address: string) =>
    PLAIN.replace('host: x', `host: x\r\nx-forwarded-for: ${address}`);
  await arrived(await send(url, from('192.0.2.1')), 'id: ');
  const refused = await send(url, from('192.0.2.2'));
  await once(refused.socket, 'end');
  expect(refused.text()).not.toContain('id: ');
  expect(seen).toEqual([]);
});

it.for([
  ['no address', 'x-forwarded-for:'],
  ['no header', 'accept: */*'],
])('counts the connection itself when the proxy names %s', async ([, line]) => {
  const connectionLimit = new ConnectionLimit({ maxPerAddress: 1 });
  await listen({ connectionLimit });
  connectionLimit.acquire('127.0.0.1');
  const refused = await send(url, PLAIN.replace('host: x', `host: x\r\n${line}`));
  await once(refused.socket, 'end');
  expect(refused.text()).not.toContain('id: ');
});

it('times out a silent connection, and never one that it serves', async () => {
  await listen();
  const connecting = () => once(app.server, 'connection') as Promise<[Socket]>;
  const arriving = connecting();
  const silent = connect(Number(url.port), url.hostname);
  const [atFront] = await arriving;
  expect(atFront.timeout).toBe(15_000);
  const gone = once(silent, 'close');
  atFront.emit('timeout');
  await gone;
  for (const request of [PLAIN, PLAIN.replace('host: x', 'host: x\r\norigin: http://y')]) {
    const next = connecting();
    const client = await send(url, request);
    const [socket] = await next;
    await arrived(client, 'retry:');
    expect(socket.timeout).toBeOneOf([0, undefined]);
  }
});
