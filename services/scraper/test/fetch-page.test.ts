import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import type { Agent } from 'undici';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAgent } from '../src/fetch/agent.ts';
import { fetchPage } from '../src/fetch-page.ts';

const limits = { maxWireBytes: 1_000_000, maxDecodedBytes: 2_000_000, timeoutMs: 2_000 };

let server: Server;
let agent: Agent;
let origin: string;
let answer: RequestListener;

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
  const privateHosts = new Set([`127.0.0.1:${port}`]);
  agent = createAgent({ maxWireBytes: limits.maxWireBytes, privateHosts });
});
afterEach(async () => {
  await agent.destroy();
  server.close();
});

const counts: string[] = [];
const answered = (more: Partial<Parameters<typeof fetchPage>[1]> = {}) =>
  fetchPage(`${origin}/`, {
    agent,
    userAgent: 'Quotewire/0.1 (+https://example.org)',
    limits,
    count: (name, labels) => counts.push([name, ...Object.values(labels)].join(' ')),
    ...more,
  });
const fetched = async (more = {}) => {
  const answer = await answered(more);
  if (answer.kind !== 'page') throw new Error(`no page, but ${answer.kind}`);
  return answer.page;
};

it.for([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['identity', (body: Buffer) => body],
] as const)('reads what is encoded as %s', async ([encoding, encode]) => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-encoding': encoding, 'content-type': 'text/html' });
    response.end(encode(Buffer.from('<p>café</p>')));
  };
  expect(await fetched()).toMatchObject({
    url: `${origin}/`,
    contentType: 'text/html',
    body: Buffer.from('<p>café</p>'),
  });
});

it('says who it is', async () => {
  answer = ({ headers }, response) => response.end(headers['user-agent']);
  expect((await fetched()).body.toString()).toMatch(/^Quotewire\//);
});

it('says where it is sent to, and does not go there', async () => {
  answer = (_, response) => response.writeHead(302, { location: '/page/1/' }).end();
  expect(await answered()).toEqual({ kind: 'redirect', to: `${origin}/page/1/` });
});

it('asks whether a page is still the one that it knows', async () => {
  answer = ({ headers }, response) => {
    const isSame = headers['if-none-match'] === '"v1"' && headers['if-modified-since'] === 'then';
    if (isSame) response.writeHead(304).end();
    else response.writeHead(200, { etag: '"v1"', 'last-modified': 'then' }).end('page');
  };
  const { validators } = await fetched();
  expect(validators).toEqual({ etag: '"v1"', lastModified: 'then' });
  expect(await answered({ validators })).toEqual({ kind: 'not-modified' });
});

it('counts what it did under the names that Scrapy has for it', async () => {
  answer = (_, response) => response.writeHead(404).end('no');
  counts.length = 0;
  await expect(fetched()).rejects.toThrow('404');
  expect(counts).toEqual([
    'downloader_request_count_total',
    'downloader_response_status_count_total 404',
    'downloader_response_bytes_total',
  ]);
});

it('hands on how long a site wants to be left alone', async () => {
  answer = (_, response) => response.writeHead(429, { 'retry-after': '120' }).end();
  await expect(fetched()).rejects.toMatchObject({ retryAfterMs: 120_000, isOverloaded: true });
});

it('gives up on a page that never comes to its end', async () => {
  let closed: Promise<unknown> | undefined;
  answer = (_, response) => {
    closed = new Promise((resolve) => {
      response.once('close', resolve);
    });
    response.write('<p>and so on');
  };
  const refused = fetched({ limits: { ...limits, timeoutMs: 100 } });
  await expect(refused).rejects.toMatchObject({
    isTemporary: true,
    message: `${origin}/ can't be fetched: it took longer than 0.1 s`,
  });
  await closed;
});

it.for([
  [404, false],
  [403, false],
  [429, true],
  [500, true],
  [503, true],
] as const)(
  'fails on %d, and says whether trying again makes sense',
  async ([status, isTemporary]) => {
    answer = (_, response) => response.writeHead(status).end('no');
    await expect(fetched()).rejects.toMatchObject({
      isTemporary,
      message: `${origin}/ answered ${status}`,
    });
  },
);

it('takes no half page for a whole one', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('<p>half');
    response.socket?.end();
  };
  await expect(fetched()).rejects.toMatchObject({ isTemporary: true });
});

it('is not blown up by a small answer that decodes to a huge one', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(gzipSync(Buffer.alloc(50_000_000)));
  };
  await expect(fetched()).rejects.toMatchObject({
    isTemporary: false,
    message: `${origin}/ has more than 2000000 bytes when decoded`,
  });
});

it('reads no more than a page should have', async () => {
  answer = (_, response) => response.end(Buffer.alloc(2_000_000));
  await expect(fetched()).rejects.toMatchObject({
    isTemporary: false,
    message: `${origin}/ has more than 1000000 bytes`,
  });
});

it('takes no damaged encoding for a short page', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(gzipSync('<p>a page</p>').subarray(0, 20));
  };
  await expect(fetched()).rejects.toMatchObject({ isTemporary: true });
});

it('names an encoding that it cannot read', async () => {
  answer = (_, response) => response.writeHead(200, { 'content-encoding': 'rot13' }).end('cntr');
  await expect(fetched()).rejects.toThrow('encoded as rot13');
});
