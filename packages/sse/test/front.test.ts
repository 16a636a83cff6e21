import { once } from 'node:events';
import { connect } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Admission } from '../src/admission.ts';
import { Hub } from '../src/hub.ts';
import { stream, type StreamOptions } from '../src/stream-plugin.ts';
import { arrived, send } from './raw-client.ts';

const PLAIN = 'GET /numbers HTTP/1.1\r\nhost: x\r\n\r\n';

let hub: Hub;
let app: FastifyInstance;
/** The requests that the app saw. */
let seen: string[];
let url: URL;

function append(offset: number): void {
  hub.append({ offset, fingerprint: 'aaaaaaaaaaaa', event: 'number', data: String(offset) });
}

async function listen(options: Partial<StreamOptions> = {}): Promise<void> {
  await app.register(stream, { path: '/numbers', hub, front: { trustProxy: true }, ...options });
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
  expect(head).toMatch(/date: [A-Z][a-z]{2}, \d/);
  expect(head).not.toContain('content-length');
  expect(body).toMatch(/^[0-9a-f]+\r\nretry: \d{4}\n\nid: 1-000000000000\n\n\r\n/);
  expect(text.match(/data: \d/g)).toEqual(['data: 1', 'data: 2']);
});

it('is an HTTP server to a client that knows HTTP', async () => {
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

it('leaves everything else to the app, bodies and second requests included', async () => {
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

it('bounds the streams of an address, as the proxy saw it', async () => {
  await listen({ admission: new Admission({ maxPerAddress: 1 }) });
  const from = (address: string) =>
    PLAIN.replace('host: x', `host: x\r\nx-forwarded-for: ${address}`);
  await arrived(await send(url, from('192.0.2.1')), 'id: ');
  const refused = await send(url, from('198.51.100.1, 192.0.2.1'));
  await once(refused.socket, 'end');
  expect(refused.text()).toMatch(/\r\n\r\n[0-9a-f]+\r\nretry: \d{4}\n\n\r\n0\r\n\r\n$/);
  await arrived(await send(url, from('192.0.2.2')), 'id: ');
});

it('lets go of a subscriber that leaves, politely or not', async () => {
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

// n.b. sooner than the silent one would be given up anyway
it('lets nobody hold the app open, not even who says nothing', { timeout: 10_000 }, async () => {
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

it('lets nobody hold the app open who takes nothing', { timeout: 10_000 }, async () => {
  await listen();
  const stalled = connect(Number(url.port), url.hostname).pause();
  stalled.on('error', () => {}).write(PLAIN);
  await expect.poll(() => hub.subscriberCount).toBe(1);
  // until the kernel takes no more, but before the hub learns of it
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

it('begins with the newest entries where that is set, and nothing else is said', async () => {
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
