import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Hub, stream } from '@quotewire/sse';
import { eventually } from '@quotewire/testing';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { openStream } from './support/open-stream.ts';

const TEXT = 'An old saying that comes again and again. ';

let hub: Hub;
let app: FastifyInstance;
let url: string;
let last: number;

function append(count = 1): void {
  for (let left = count; left > 0; left -= 1) {
    last += 1;
    const fingerprint = String(last).padStart(12, 'a');
    hub.append({ offset: last, fingerprint, event: 'saying', data: `${last} ${TEXT.repeat(5)}` });
  }
}

async function start({ compresses = true, port = 0 } = {}): Promise<void> {
  hub = new Hub({ historyMaxBytes: 10_000_000, sseHeartbeatMs: 200 });
  // what the log holds
  const end = last;
  last = 0;
  append(end);
  app = Fastify({ forceCloseConnections: true });
  app.get('/', (_request, reply) => reply.type('text/html').send('<!doctype html>'));
  await app.register(stream, {
    path: '/sayings',
    hub,
    compresses,
    fastPath: { trustProxy: false },
  });
  url = await app.listen({ port, host: '127.0.0.1' });
}

beforeEach(() => {
  last = 0;
});
afterEach(() => app.close());

/** The numbers of the sayings in what a client received, and the gaps. */
const sayingsIn = (text: string) =>
  [...text.matchAll(/^(?:data: (\d+) An old|event: (gap))/gm)].map(
    ([, number, gap]) => number ?? gap,
  );
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

describe('curl', () => {
  it('decodes the replay, live events, heartbeats and gaps', async () => {
    await start();
    append(300);
    const curl = spawn('curl', ['-sN', '--compressed', '-D', '-', `${url}/sayings?limit=200`]);
    let text = '';
    curl.stdout.setEncoding('utf8').on('data', (part) => (text += part));
    const receives = (what: string) => eventually(() => text.includes(what), { what });
    await receives('\ndata: 300 An old');
    append(3);
    await receives('\ndata: 303 An old');
    await receives('event: heartbeat');
    append();
    await receives('\ndata: 304 An old');
    hub.interrupt('expired');
    append();
    await receives('\ndata: 305 An old');
    expect(text).toMatch(/^content-encoding: gzip\r$/im);
    expect(text).toMatch(/^vary: accept-encoding\r$/im);
    expect(sayingsIn(text)).toEqual([...numbers(101, 304), 'gap', '305']);
    const exited = once(curl, 'exit');
    await app.close();
    await exited;
  });
});

it('sends no gzip stream where compression is off, or to a client that does not accept gzip', async () => {
  await start({ compresses: false });
  const off = await openStream(`${url}/sayings`);
  expect(off.headers.get('content-encoding')).toBeNull();
  expect(off.headers.get('vary')).toBeNull();
  await app.close();
  await start();
  const plain = await openStream(`${url}/sayings`, { headers: { 'accept-encoding': 'br' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(plain.headers.get('vary')).toBe('accept-encoding');
  const gzip = await openStream(`${url}/sayings`);
  expect(gzip.headers.get('content-encoding')).toBe('gzip');
});

describeWithBrowser('Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it(
    'decodes joins at any moment, heartbeats, gaps, and a restart',
    { timeout: 60_000 },
    async () => {
      await start();
      append(50);
      const page = await browser.newPage();
      const encodings: (string | undefined)[] = [];
      page.on('response', (response) => {
        if (response.url().includes('/sayings'))
          encodings.push(response.headers()['content-encoding']);
      });
      await page.goto(url);
      /** Opens a stream in the page whose events are collected under a name. */
      const open = (name: string) =>
        page.evaluate((key) => {
          const seen: string[] = [];
          Object.assign(globalThis, { [key]: seen });
          const source = new EventSource('/sayings?limit=10');
          source.addEventListener('saying', (event) =>
            seen.push(String((event as MessageEvent).data).split(' ')[0] ?? ''),
          );
          source.addEventListener('gap', () => seen.push('gap'));
          source.addEventListener('heartbeat', () => seen.push('heartbeat'));
        }, name);
      const seenBy = (name: string) =>
        page.evaluate(
          (key) => (globalThis as unknown as Record<string, string[]>)[key] ?? [],
          name,
        );
      const receives = (name: string, what: string) =>
        eventually(async () => (await seenBy(name)).includes(what), {
          what: `${name} receives ${what}`,
        });
      const withoutHeartbeats = async (name: string) =>
        (await seenBy(name)).filter((one) => one !== 'heartbeat');

      await open('first');
      await receives('first', '50');
      append(3);
      await receives('first', '53');
      await open('second');
      await receives('second', '53');
      append(2);
      await receives('second', '55');
      await receives('first', 'heartbeat');
      append(2);
      await receives('first', '57');
      hub.interrupt('other-log');
      append();
      await Promise.all([receives('first', '58'), receives('second', '58')]);
      const port = Number(new URL(url).port);
      await app.close();
      await start({ port });
      append();
      await Promise.all([receives('first', '59'), receives('second', '59')]);
      expect(await withoutHeartbeats('first')).toEqual([...numbers(41, 57), 'gap', '58', '59']);
      expect(await withoutHeartbeats('second')).toEqual([...numbers(44, 57), 'gap', '58', '59']);
      expect(encodings.length).toBeGreaterThanOrEqual(4);
      expect(new Set(encodings)).toEqual(new Set(['gzip']));
    },
  );
});
