import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Hub } from '../src/hub.ts';
import { session } from '../src/session-plugin.ts';
import { stream } from '../src/stream-plugin.ts';
import { arrived, type RawClient, send } from './raw-client.ts';

/** Longer than any test, so that the drain ends no stream during it. */
const DRAIN_MS = 1_000_000;
const TURNED_AWAY = /\r\n\r\n[0-9a-f]+\r\nretry: \d{4}\n\n\r\n0\r\n\r\n$/;

let app: FastifyInstance;
let url: URL;
let closed: Promise<void> | undefined;
const open: RawClient[] = [];

const get = (path: string, ...headers: string[]) =>
  [`GET ${path} HTTP/1.1`, 'host: x', ...headers, '', ''].join('\r\n');

async function holdOpen(path: string): Promise<void> {
  const client = await send(url, get(path));
  await arrived(client, 'retry:');
  open.push(client);
}

/** Begins to close the app, and resolves when its streams refuse new subscribers. */
async function beginToClose(): Promise<void> {
  closed = app.close();
  await expect
    .poll(async () => {
      const client = await send(url, get('/numbers'));
      await arrived(client, 'retry:');
      client.socket.destroy();
      return client.text();
    })
    .toMatch(TURNED_AWAY);
}

beforeEach(async () => {
  // Fastify's own defaults
  app = Fastify();
  app.addHook('onRequest', async ({ headers }, reply) => {
    if (headers.origin) void reply.header('access-control-allow-origin', headers.origin);
  });
  const hub = new Hub({ historyMaxBytes: 1_000_000 });
  const filters = { tag: { description: 'a tag' } };
  const fastPath = { trustProxy: false };
  await app.register(stream, { path: '/numbers', hub, filters, fastPath, drainMs: DRAIN_MS });
  await app.register(session, { path: '/own', onOpen: () => {}, drainMs: DRAIN_MS });
  url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
});
afterEach(async () => {
  for (const { socket } of open.splice(0)) socket.destroy();
  await (closed ?? app.close());
  closed = undefined;
});

it.for([
  ['a plain request', '/numbers', []],
  ['a filtered request', '/numbers?tag=a', []],
  ['a request of another origin', '/numbers', ['origin: http://y']],
  ['a request for a private stream', '/own', []],
] as const)(
  'answers %s with a retry time and the end while it drains',
  async ([, path, headers]) => {
    await holdOpen('/numbers');
    await beginToClose();
    const late = await send(url, get(path, ...headers));
    const text = await arrived(late, '0\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(TURNED_AWAY);
    expect(text.includes('access-control-allow-origin: http://y\r\n')).toBe(headers.length > 0);
    expect(open[0]?.socket.readyState).toBe('open');
    late.socket.destroy();
  },
);

it('refuses a request on a kept-alive connection with a retry time while it drains', async () => {
  await holdOpen('/numbers');
  const used = await send(url, get('/none'));
  await arrived(used, '"statusCode":404}');
  await beginToClose();
  used.socket.write(get('/numbers'));
  expect(await arrived(used, '0\r\n\r\n')).toMatch(TURNED_AWAY);
  expect(used.text()).toContain('HTTP/1.1 200 OK\r\n');
  used.socket.destroy();
});

it('drains all streams of an app concurrently', async () => {
  await holdOpen('/numbers');
  await holdOpen('/own');
  await beginToClose();
  const late = await send(url, get('/own'));
  expect(await arrived(late, 'retry:')).toMatch(TURNED_AWAY);
  late.socket.destroy();
});

it('closes when the last stream has ended', async () => {
  await holdOpen('/numbers');
  await holdOpen('/own');
  await beginToClose();
  const others = open.splice(0);
  for (const { socket } of others) socket.end();
  await closed;
  expect(app.server.listening).toBe(false);
});
