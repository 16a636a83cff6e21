import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { ConnectionLimit } from '../src/connection-limit.ts';
import { type Session, session, type SessionOptions } from '../src/session-plugin.ts';
import type { SseCount } from '../src/counters.ts';
import { SLICE } from '../src/fan-out-scheduler.ts';
import { send } from './raw-client.ts';

let app: FastifyInstance;
let opened: Session[];
let counted: string[];

async function listen(options: Partial<SessionOptions> = {}): Promise<string> {
  await app.register(session, {
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

it('sends each browser separate frames', async () => {
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

it('reads the last event id from the header or the query', async () => {
  const url = await listen();
  const byHeader = await open(url, { 'last-event-id': '7' });
  await byHeader.until('retry:');
  const byQuery = await open(`${url}?lastEventId=8`);
  await byQuery.until('retry:');
  const fresh = await open(url);
  await fresh.until('retry:');
  expect(opened.map(({ lastEventId }) => lastEventId)).toEqual(['7', '8', undefined]);
});

it('aborts closed when the browser disconnects, and sends nothing more', async () => {
  const url = await listen();
  const one = await open(url);
  await one.until('retry:');
  const [{ closed }] = opened as [Session];
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

it('ends its streams when the app closes, and refuses new ones', async () => {
  const url = await listen();
  const one = await open(url);
  await one.until('retry:');
  await app.close();
  await one.until('the end');
  expect(opened[0]?.closed.aborted).toBe(true);
  expect(counted).toContain('sse_disconnects_total drain');
});

it('limits the streams of an address', async () => {
  const url = await listen({ connectionLimit: new ConnectionLimit({ maxPerAddress: 1 }) });
  const one = await open(url);
  await one.until('retry:');
  const other = await open(url);
  expect(await other.until('the end')).toMatch(/^retry: \d{4}\n\n$/);
  expect(opened).toHaveLength(1);
  expect(counted).toContain('sse_turned_away_total address');
});

it('disconnects a browser whose socket is full', async () => {
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

it('holds no slot for a browser that disconnected during a hook', async () => {
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
  const client = await send(new URL(url), 'GET /own HTTP/1.1\r\nhost: x\r\n\r\n');
  const socket = await waiting.promise;
  client.socket.destroy();
  await once(socket, 'close');
  leaving.resolve();
  await served.promise;
  expect(connectionLimit.size).toBe(0);
  expect(opened).toEqual([]);
});

it('closes although a browser reads none of the pending bytes', async () => {
  const url = new URL(await listen());
  const socket = connect(Number(url.port), url.hostname).pause();
  socket.on('error', () => {}).write('GET /own HTTP/1.1\r\nhost: x\r\n\r\n');
  const arriving = once(app.server, 'connection') as Promise<[Socket]>;
  const [near] = await arriving;
  await expect.poll(() => opened.length).toBe(1);
  const data = 'x'.repeat(10_000);
  while (near.writableLength === 0) {
    opened[0]?.send({ data });
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(opened[0]?.closed.aborted).toBe(false);
  await app.close();
  expect(near.destroyed).toBe(true);
  socket.destroy();
});

it('sends no heartbeat to a full socket, and disconnects a stalled one', async () => {
  const url = new URL(await listen({ sseHeartbeatMs: 20 }));
  const arriving = once(app.server, 'connection') as Promise<[Socket]>;
  const stalled = connect(Number(url.port), url.hostname).pause();
  stalled.on('error', () => {}).write('GET /own HTTP/1.1\r\nhost: x\r\n\r\n');
  const [near] = await arriving;
  await expect.poll(() => opened.length).toBe(1);
  const [stream] = opened as [Session];
  while (!near.writableNeedDrain) {
    stream.send({ data: 'x'.repeat(100_000) });
    await new Promise((resolve) => setImmediate(resolve));
  }
  const pending = near.writableLength;
  const other = await open(url.href);
  const beats = async (count: number) =>
    other.until('event: heartbeat\ndata: {}\n\n'.repeat(count));
  await beats(3);
  expect(near.writableLength).toBe(pending);
  expect(stream.closed.aborted).toBe(false);
  const now = performance.now();
  vi.spyOn(performance, 'now').mockReturnValue(now + 60_000);
  onTestFinished(() => void vi.restoreAllMocks());
  await once(stream.closed, 'abort');
  expect(counted).toContain('sse_disconnects_total stalled');
  expect(opened[1]?.closed.aborted).toBe(false);
  stalled.destroy();
});

it('sends heartbeats to one slice of browsers in each turn of the event loop', async () => {
  let inTurn = 0;
  const turns: number[] = [];
  const count: SseCount = (name) => {
    if (name !== 'sse_bytes_sent_total') return;
    if (inTurn === 0) {
      setImmediate(() => {
        turns.push(inTurn);
        inTurn = 0;
      });
    }
    inTurn += 1;
  };
  const connectionLimit = new ConnectionLimit({ maxPerAddress: 1_000 });
  const url = new URL(await listen({ sseHeartbeatMs: 200, count, connectionLimit }));
  const sockets = Array.from({ length: SLICE + 1 }, () =>
    connect(Number(url.port), url.hostname, function (this: Socket) {
      this.write('GET /own HTTP/1.1\r\nhost: x\r\n\r\n');
    }).resume(),
  );
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  await expect.poll(() => opened.length, { timeout: 10_000 }).toBe(sockets.length);
  await new Promise((resolve) => setImmediate(resolve));
  turns.length = 0;
  await expect.poll(() => turns.includes(SLICE), { timeout: 10_000 }).toBe(true);
  expect(Math.max(...turns)).toBe(SLICE);
});
