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
import { createAgent } from '../src/agent.ts';
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
] as const)('decodes %s', async ([encoding, encode]) => {
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

it('sends its User-Agent', async () => {
  answer = ({ headers }, response) => response.end(headers['user-agent']);
  expect((await fetched()).body.toString()).toMatch(/^Quotewire\//);
});

it('returns a redirect and does not follow it', async () => {
  answer = (_, response) => response.writeHead(302, { location: '/page/1/' }).end();
  expect(await answered()).toEqual({ kind: 'redirect', to: `${origin}/page/1/` });
});

it('sends validators of the known version', async () => {
  answer = ({ headers }, response) => {
    const isSame = headers['if-none-match'] === '"v1"' && headers['if-modified-since'] === 'then';
    if (isSame) response.writeHead(304).end();
    else response.writeHead(200, { etag: '"v1"', 'last-modified': 'then' }).end('page');
  };
  const { validators } = await fetched();
  expect(validators).toEqual({ etag: '"v1"', lastModified: 'then' });
  expect(await answered({ validators })).toEqual({ kind: 'not-modified' });
});

it.for([
  [200, 'keeps'],
  [201, 'does not keep'],
] as const)('of validators with %d characters %s any', async ([length, verb]) => {
  const long = 'x'.repeat(length);
  answer = (_, response) =>
    response.writeHead(200, { etag: long, 'last-modified': long }).end('page');
  const kept = verb === 'keeps' ? { etag: long, lastModified: long } : {};
  expect((await fetched()).validators).toEqual(kept);
});

it("counts under Scrapy's names", async () => {
  answer = (_, response) => response.writeHead(404).end('no');
  counts.length = 0;
  await expect(fetched()).rejects.toThrow('404');
  expect(counts).toEqual([
    'downloader_request_count_total',
    'downloader_response_status_count_total 404',
    'downloader_response_bytes_total',
  ]);
});

it('reports the Retry-After of a site', async () => {
  answer = (_, response) => response.writeHead(429, { 'retry-after': '120' }).end();
  await expect(fetched()).rejects.toMatchObject({ retryAfterMs: 120_000, isOverloaded: true });
});

it('times out on an endless page', async () => {
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
    message: `${origin}/ can't be fetched: the request took longer than 0.1 s`,
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
  'fails on %d, and reports whether a retry may succeed',
  async ([status, isTemporary]) => {
    answer = (_, response) => response.writeHead(status).end('no');
    await expect(fetched()).rejects.toMatchObject({
      isTemporary,
      message: `${origin}/ answered ${status}`,
    });
  },
);

it('rejects a truncated page', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('<p>half');
    response.socket?.end();
  };
  await expect(fetched()).rejects.toMatchObject({ isTemporary: true });
});

it('rejects a small body that decodes to a huge one', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  answer = (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(bomb);
  };
  await expect(fetched()).rejects.toMatchObject({
    isTemporary: false,
    message: `${origin}/ has more than 2000000 bytes when decoded`,
  });
});

it('rejects a page of more than maxWireBytes', async () => {
  answer = (_, response) => response.end(Buffer.alloc(2_000_000));
  await expect(fetched()).rejects.toMatchObject({
    isTemporary: false,
    message: `${origin}/ has more than 1000000 bytes`,
  });
});

it('rejects a damaged encoding', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(gzipSync('<p>a page</p>').subarray(0, 20));
  };
  await expect(fetched()).rejects.toMatchObject({ isTemporary: true });
});

it('names an unsupported content-encoding', async () => {
  answer = (_, response) => response.writeHead(200, { 'content-encoding': 'rot13' }).end('cntr');
  await expect(fetched()).rejects.toThrow('has an unsupported content-encoding, rot13');
});
