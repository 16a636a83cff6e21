import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Agent } from 'undici';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAgent, fetchPage } from '../src/fetch-page.ts';

let server: Server;
let agent: Agent;
let origin: string;
let answer: RequestListener;

beforeEach(async () => {
  agent = createAgent();
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await agent.destroy();
  server.close();
});

const fetched = () => fetchPage(`${origin}/`, { agent });

it.for([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['identity', (body: Buffer) => body],
] as const)('reads what is encoded as %s', async ([encoding, encode]) => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-encoding': encoding, 'content-type': 'text/html' });
    response.end(encode(Buffer.from('<p>café</p>')));
  };
  expect(await fetched()).toEqual({
    url: `${origin}/`,
    contentType: 'text/html',
    body: Buffer.from('<p>café</p>'),
  });
});

it('says who it is', async () => {
  answer = ({ headers }, response) => response.end(headers['user-agent']);
  expect((await fetched()).body.toString()).toMatch(/^Quotewire\//);
});

it('follows redirects, and says where it came to', async () => {
  answer = ({ url }, response) => {
    if (url === '/') response.writeHead(302, { location: '/page/1/' }).end();
    else response.end('here');
  };
  expect((await fetched()).url).toBe(`${origin}/page/1/`);
});

it('gives up on a loop of redirects', async () => {
  answer = (_, response) => response.writeHead(302, { location: '/' }).end();
  await expect(fetched()).rejects.toMatchObject({ name: 'FetchError' });
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
  await expect(fetched()).rejects.toMatchObject({ name: 'FetchError' });
});

it('reads no more than a page should have', async () => {
  answer = (_, response) => response.end(Buffer.alloc(2_000_000));
  await expect(fetched()).rejects.toMatchObject({ name: 'FetchError' });
});
