import { connect } from 'node:net';
import { once } from 'node:events';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Admission } from '../src/admission.ts';
import {
  type PrivateStream,
  privateStream,
  type PrivateStreamOptions,
} from '../src/private-stream-plugin.ts';

let app: FastifyInstance;
let opened: PrivateStream[];
let counted: string[];

async function listen(options: Partial<PrivateStreamOptions> = {}): Promise<string> {
  await app.register(privateStream, {
    path: '/own',
    onOpen: (one) => opened.push(one),
    count: (name, { reason = '' }) => counted.push(`${name} ${reason}`.trim()),
    ...options,
  });
  return `${await app.listen({ port: 0, host: '127.0.0.1' })}/own`;
}

async function open(url: string, headers: Record<string, string> = {}) {
  const closing = new AbortController();
  const { body } = await fetch(url, { headers, signal: closing.signal });
  const reader = (body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let text = '';
  return {
    closing,
    /** Resolves once the text is there, or the stream has ended. */
    async until(expected: string): Promise<string> {
      while (!text.includes(expected)) {
        const { value, done } = await reader.read();
        if (done) return text;
        text += value;
      }
      return text;
    },
  };
}

beforeEach(() => {
  app = Fastify();
  opened = [];
  counted = [];
});
afterEach(() => app.close());

it('sends each browser frames of its own', async () => {
  const url = await listen();
  const one = await open(url);
  await one.until('retry:');
  const other = await open(url);
  await other.until('retry:');
  opened[0]?.send({ id: '1', data: 'for one' });
  opened[1]?.send({ id: '1', data: 'for the other' });
  expect(await one.until('data: ')).toMatch(/^retry: \d{4}\n\nid: 1\ndata: for one\n\n$/);
  expect(await other.until('data: ')).toContain('data: for the other\n\n');
});

it('tells where the browser was, by header or query', async () => {
  const url = await listen();
  const byHeader = await open(url, { 'last-event-id': '7' });
  await byHeader.until('retry:');
  const byQuery = await open(`${url}?lastEventId=8`);
  await byQuery.until('retry:');
  const fresh = await open(url);
  await fresh.until('retry:');
  expect(opened.map(({ lastEventId }) => lastEventId)).toEqual(['7', '8', undefined]);
});

it('says when the browser has gone, and sends nothing more', async () => {
  const url = await listen();
  const one = await open(url);
  await one.until('retry:');
  const [{ closed }] = opened as [PrivateStream];
  const aborted = once(closed, 'abort');
  one.closing.abort();
  await aborted;
  expect(() => opened[0]?.send({ data: 'too late' })).not.toThrow();
  expect(counted).toContain('sse_disconnects_total client');
});

it('sends heartbeats', async () => {
  const url = await listen({ sseHeartbeatMs: 20 });
  const one = await open(url);
  expect(await one.until('heartbeat')).toContain('event: heartbeat\ndata: {}\n\n');
});

it('ends its streams when the app closes, and turns away who comes meanwhile', async () => {
  const url = await listen();
  const one = await open(url);
  await one.until('retry:');
  await app.close();
  await one.until('the end');
  expect(opened[0]?.closed.aborted).toBe(true);
  expect(counted).toContain('sse_disconnects_total drain');
});

it('bounds the streams of an address', async () => {
  const url = await listen({ admission: new Admission({ maxPerAddress: 1 }) });
  const one = await open(url);
  await one.until('retry:');
  const other = await open(url);
  expect(await other.until('the end')).toMatch(/^retry: \d{4}\n\n$/);
  expect(opened).toHaveLength(1);
  expect(counted).toContain('sse_turned_away_total address');
});

it('cuts off a browser that takes nothing any more', async () => {
  const url = new URL(await listen());
  const socket = connect(Number(url.port), url.hostname).pause();
  socket.on('error', () => {});
  socket.write('GET /own HTTP/1.1\r\nhost: x\r\n\r\n');
  await expect.poll(() => opened.length).toBe(1);
  const [one] = opened;
  const data = 'x'.repeat(100_000);
  for (let sent = 0; sent < 1_000 && one?.closed.aborted === false; sent += 1) {
    one.send({ data });
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(one?.closed.aborted).toBe(true);
  expect(counted).toContain('sse_disconnects_total slow');
  socket.destroy();
});
