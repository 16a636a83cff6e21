import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ConnectionLimit } from '../src/connection-limit.ts';
import { Hub } from '../src/hub.ts';
import { stream, type StreamOptions } from '../src/stream-plugin.ts';
import { arrived, send } from './raw-client.ts';

let hub: Hub;
let app: FastifyInstance;

function append(offset: number): void {
  const fingerprint = 'aaaaaaaaaaaa';
  const facets = { parity: [offset % 2 === 0 ? 'even' : 'odd'] };
  hub.append({ offset, fingerprint, event: 'number', data: String(offset), facets });
}

async function listen(options: Partial<StreamOptions> = {}): Promise<URL> {
  app.addHook(
    'onRequest',
    async (_request, reply) => void reply.header('x-of-another-plugin', '1'),
  );
  const filters = { parity: { description: 'even or odd', separator: ',' } };
  await app.register(stream, { path: '/numbers', hub, filters, ...options });
  return new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
}

beforeEach(() => {
  hub = new Hub({ historyMaxBytes: 1_000_000 });
});
afterEach(async () => {
  await app.close();
});

it('sends chunks over HTTP/1.1, with the headers of other plugins', async () => {
  app = Fastify();
  const url = await listen();
  const client = await send(url, 'GET /numbers HTTP/1.1\r\nhost: x\r\n\r\n');
  await arrived(client, 'retry:');
  append(1);
  append(2);
  const text = await arrived(client, 'data: 2\n');
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(head.toLowerCase()).toContain('content-type: text/event-stream\r\n');
  expect(head.toLowerCase()).toContain('x-of-another-plugin: 1\r\n');
  expect(head.toLowerCase()).toContain('transfer-encoding: chunked');
  expect(body).toMatch(/^[0-9a-f]+\r\nretry: \d{4}\n\n/);
  const numbers =
    'id: 1-aaaaaaaaaaaa\nevent: number\ndata: 1\n\nid: 2-aaaaaaaaaaaa\nevent: number\ndata: 2\n\n';
  expect(text).toContain(`\r\n${numbers.length.toString(16)}\r\n${numbers}\r\n`);
});

it('sends the last chunk when the app closes', async () => {
  app = Fastify();
  const url = await listen();
  const client = await send(url, 'GET /numbers HTTP/1.1\r\nhost: x\r\n\r\n');
  await arrived(client, 'retry:');
  const ended = once(client.socket, 'end');
  await app.close();
  await ended;
  expect(client.text()).toMatch(/\r\n0\r\n\r\n$/);
});

it('sends plain bytes over HTTP/1.0', async () => {
  app = Fastify();
  const url = await listen();
  const client = await send(url, 'GET /numbers HTTP/1.0\r\n\r\n');
  await arrived(client, 'retry:');
  append(1);
  const text = await arrived(client, 'data: 1\n');
  expect(text.toLowerCase()).not.toContain('transfer-encoding');
  expect(text).toMatch(/\r\n\r\nretry: \d{4}\n\nid: /);
});

it('sends a stream over HTTP/2', async () => {
  app = Fastify({ http2: true }) as unknown as FastifyInstance;
  const url = await listen();
  const session = connectHttp2(url.origin);
  const request = session.request({ ':path': '/numbers' });
  let text = '';
  request.setEncoding('utf8').on('data', (batch: string) => (text += batch));
  const [headers] = (await once(request, 'response')) as [Record<string, unknown>];
  expect(headers).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream' });
  append(1);
  while (!text.includes('data: 1\n')) await once(request, 'data');
  const ended = once(request, 'end');
  await app.close();
  await ended;
  expect(hub.subscriberCount).toBe(0);
  session.close();
});

it('answers a pipelined request in its turn', async () => {
  app = Fastify();
  app.get('/slow', async () => new Promise((resolve) => setImmediate(resolve, 'first')));
  const url = await listen();
  append(1);
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
  const client = await send(url, get('/slow') + get('/numbers?limit=1'));
  const text = await arrived(client, 'data: 1\n');
  expect(text.indexOf('first')).toBeLessThan(text.indexOf('text/event-stream'));
});

it('answers HEAD at once', async () => {
  app = Fastify();
  const url = await listen();
  const response = await fetch(new URL('/numbers', url), { method: 'HEAD' });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(hub.subscriberCount).toBe(0);
});

it('sends only entries that the filter accepts', async () => {
  app = Fastify();
  const url = await listen();
  for (const offset of [1, 2, 3]) append(offset);
  const query = '?parity=even&limit=9';
  const client = await send(url, `GET /numbers${query} HTTP/1.1\r\nhost: x\r\n\r\n`);
  append(4);
  const text = await arrived(client, 'data: 4\n');
  expect(text.match(/data: \d/g)).toEqual(['data: 2', 'data: 4']);
});

it('splits a parameter at the separator', async () => {
  app = Fastify();
  const url = await listen();
  append(1);
  append(2);
  const query = '?parity=even,odd&limit=9';
  const client = await send(url, `GET /numbers${query} HTTP/1.1\r\nhost: x\r\n\r\n`);
  expect((await arrived(client, 'data: 2\n')).match(/data: \d/g)).toHaveLength(2);
});

it.for([
  '?limit=-1',
  '?limit=1001',
  '?limit=x',
  '?parity=',
  `?parity=${Array(21).fill('a').join()}`,
  `?${'parity=a&'.repeat(21)}`,
])('refuses %s before the stream starts', async (query) => {
  app = Fastify();
  await app.register(stream, {
    path: '/numbers',
    hub,
    filters: { parity: { description: '', separator: ',' } },
  });
  const response = await app.inject(`/numbers${query}`);
  expect(response.statusCode).toBe(400);
  expect(response.json()).toMatchObject({ message: expect.stringMatching(/limit|parity|filter/) });
});

it('refuses a stream over the limit with a retry time, and serves the next once a slot is free', async () => {
  app = Fastify();
  const turnedAway: unknown[] = [];
  const url = await listen({
    connectionLimit: new ConnectionLimit({ maxPerAddress: 1 }),
    count: (_name, { reason }) => turnedAway.push(reason),
  });
  const get = 'GET /numbers HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
  const first = await send(url, get);
  await arrived(first, 'retry:');
  const second = await send(url, get);
  await once(second.socket, 'end');
  expect(second.text()).toMatch(
    / 200 OK\r\n[^]*\r\n\r\n[0-9a-f]+\r\nretry: \d{4}\n\n\r\n0\r\n\r\n$/,
  );
  expect(turnedAway).toEqual(['address']);
  first.socket.destroy();
  await expect.poll(() => hub.subscriberCount).toBe(0);
  const third = await send(url, get);
  await arrived(third, 'id: ');
});

it('refuses new streams while it drains', async () => {
  app = Fastify();
  const url = await listen();
  await hub.drain(0);
  const response = await fetch(new URL('/numbers', url));
  expect(response.status).toBe(200);
  expect(await response.text()).toMatch(/^retry: \d{4}\n\n$/);
});

it('prefers the Last-Event-ID header to the query', async () => {
  app = Fastify();
  const url = await listen();
  for (const offset of [1, 2, 3]) append(offset);
  const query = '?lastEventId=1-aaaaaaaaaaaa&limit=3';
  const fromQuery = await send(url, `GET /numbers${query} HTTP/1.1\r\nhost: x\r\n\r\n`);
  expect((await arrived(fromQuery, 'data: 3')).match(/data: \d/g)).toEqual(['data: 2', 'data: 3']);
  const header = 'last-event-id: 2-aaaaaaaaaaaa\r\n';
  const fromHeader = await send(url, `GET /numbers${query} HTTP/1.1\r\nhost: x\r\n${header}\r\n`);
  expect((await arrived(fromHeader, 'data: 3')).match(/data: \d/g)).toEqual(['data: 3']);
});

it('holds no slot for a browser that disconnected during a hook', async () => {
  app = Fastify();
  const waiting = Promise.withResolvers<Socket>();
  const leaving = Promise.withResolvers<void>();
  app.addHook('onRequest', async ({ raw }) => {
    waiting.resolve(raw.socket);
    await leaving.promise;
  });
  const served = Promise.withResolvers<void>();
  app.addHook('preHandler', async () => void setImmediate(served.resolve));
  const connectionLimit = new ConnectionLimit();
  const url = await listen({ connectionLimit });
  const client = await send(url, 'GET /numbers HTTP/1.1\r\nhost: x\r\nx-filter: none\r\n\r\n');
  const socket = await waiting.promise;
  client.socket.destroy();
  await once(socket, 'close');
  leaving.resolve();
  await served.promise;
  expect(connectionLimit.size).toBe(0);
  expect(hub.subscriberCount).toBe(0);
});

it('counts the filters of an IPv6 /64 as those of one address', async () => {
  app = Fastify({ trustProxy: true });
  const subscribe = vi.spyOn(hub, 'subscribe');
  const url = await listen();
  const header = 'x-forwarded-for: 2001:db8::1:2:3:4';
  const client = await send(
    url,
    `GET /numbers?parity=even HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n`,
  );
  await arrived(client, 'retry:');
  expect(subscribe.mock.lastCall?.[2]).toMatchObject({ address: '2001:db8:0:0::/64' });
});
