import { request as requestOverHttp1 } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConnectionLimit } from '../src/connection-limit.ts';
import { Hub } from '../src/hub.ts';
import { stream, type StreamOptions } from '../src/stream-plugin.ts';
import { arrived, send } from './raw-client.ts';

const GZIP = { 'accept-encoding': 'gzip, deflate, br, zstd' };

let hub: Hub;
let app: FastifyInstance;
let url: URL;

const append = (offset: number) =>
  hub.append({ offset, fingerprint: 'aaaaaaaaaaaa', event: 'number', data: `number ${offset}` });

async function listen(built: FastifyInstance, options: Partial<StreamOptions> = {}): Promise<void> {
  app = built;
  app.addHook('onRequest', async (_request, reply) => void reply.header('vary', 'origin'));
  const filters = { tag: { description: '' } };
  await app.register(stream, { path: '/numbers', hub, filters, ...options });
  url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
}

/** The response to a request over HTTP/1.1. */
function get(path: string, headers: Record<string, string>) {
  return new Promise<{ headers: NodeJS.Dict<string | string[]>; body: Readable }>(
    (resolve, reject) => {
      requestOverHttp1(new URL(path, url), { headers }, (response) =>
        resolve({ headers: response.headers, body: response }),
      )
        .on('error', reject)
        .end();
    },
  );
}

/** Checks that a gzip stream brings what is appended, as soon as it is appended. */
async function expectLive(body: Readable): Promise<void> {
  const decoded = body.pipe(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }));
  let text = '';
  decoded.setEncoding('utf8').on('data', (part) => (text += part));
  const receives = async (what: string) => {
    while (!text.includes(what)) await new Promise((resolve) => decoded.once('data', resolve));
  };
  await receives('retry:');
  for (const offset of [1, 2, 3]) {
    append(offset);
    await receives(`data: number ${offset}\n\n`);
  }
}

beforeEach(() => {
  hub = new Hub({ historyMaxBytes: 1_000_000 });
});
afterEach(() => app.close());

it.for([
  ['the first request of a connection', '/numbers', {}],
  ['a filtered request', '/numbers?tag=a', {}],
  ['a request from another origin', '/numbers', { origin: 'http://y' }],
] as const)('sends a gzip stream to %s', async ([, path, headers]) => {
  await listen(Fastify(), { fastPath: { trustProxy: false } });
  const response = await get(path, { ...GZIP, ...headers });
  expect(response.headers).toMatchObject({
    'content-encoding': 'gzip',
    vary: 'origin, accept-encoding',
  });
  await expectLive(response.body);
});

it('sends a gzip stream through the HTTP server', async () => {
  await listen(Fastify());
  const response = await get('/numbers', GZIP);
  expect(response.headers).toMatchObject({
    'content-encoding': 'gzip',
    vary: 'origin, accept-encoding',
  });
  await expectLive(response.body);
});

it('sends a gzip stream over HTTP/2', async () => {
  await listen(Fastify({ http2: true }) as unknown as FastifyInstance);
  const client = connectHttp2(url.href);
  const body = client.request({ ':path': '/numbers', ...GZIP });
  const headers = await new Promise<Record<string, unknown>>((resolve) =>
    body.once('response', resolve),
  );
  expect(headers['content-encoding']).toBe('gzip');
  await expectLive(body);
  client.destroy();
});

it('says in its answer to HEAD, and in an uncompressed stream, what the stream varies by', async () => {
  await listen(Fastify(), { fastPath: { trustProxy: false } });
  expect((await app.inject({ method: 'HEAD', url: '/numbers' })).headers['vary']).toBe(
    'origin, accept-encoding',
  );
  const response = await get('/numbers', {});
  expect(response.headers).toMatchObject({ vary: 'origin, accept-encoding' });
  expect(response.headers['content-encoding']).toBeUndefined();
  response.body.destroy();
});

it('refuses a gzip stream over the limit with a retry time that browsers can decode', async () => {
  const connectionLimit = new ConnectionLimit({ maxPerAddress: 1 });
  await listen(Fastify(), { fastPath: { trustProxy: false }, connectionLimit });
  await arrived(await send(url, 'GET /numbers HTTP/1.1\r\nhost: x\r\n\r\n'), 'retry:');
  const { body } = await get('/numbers', GZIP);
  const decoded = body.pipe(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }));
  const text = (await decoded.setEncoding('utf8').toArray()).join('');
  expect(text).toMatch(/^retry: \d{4}\n\n$/);
});

it('never compresses where the app says so', async () => {
  await listen(Fastify(), { fastPath: { trustProxy: false }, compresses: false });
  for (const path of ['/numbers', '/numbers?tag=a']) {
    const response = await get(path, GZIP);
    expect(response.headers['content-encoding']).toBeUndefined();
    expect(response.headers['vary']).toBe('origin');
    response.body.destroy();
  }
});
