import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { socketFastPath } from '../src/socket-fast-path.ts';
import { parseRequestHead, type RequestHead } from '../src/parse-request-head.ts';
import { startOf, type StreamRequest } from '../src/stream-request.ts';
import { proxyRequests } from './proxy-requests.ts';

const PATH = '/numbers';
const CURSOR = '12-0123456789ab';

const target = fc.oneof(
  fc.constantFrom('', '?limit=5', `?lastEventId=${CURSOR}`),
  fc.constantFrom('', '?limit=1001', `?lastEventId=${CURSOR}`, '?tag=a', '/x', '#x'),
  fc.string({ maxLength: 8 }).map((text) => `?${text}`),
);
/** Parts of header values, most of them harmless. */
const value = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('a', ' ', '\t', ',', '\u0080', 'ÿ', '"', ':'), maxLength: 6 }),
);
/** Headers of browsers and proxies, each at most once. */
const usual = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom('Accept', 'cookie', 'X-Forwarded-For', 'last-event-id', 'dnt', 'referer'),
    fc.oneof(value, fc.constantFrom(CURSOR, '192.0.2.1, 192.0.2.2', '')),
  ),
  { maxLength: 4, selector: ([name]) => name },
);
const unusual = fc.constantFrom(
  ['connection', 'keep-alive'],
  ['Connection', 'close'],
  ['content-length', '3'],
  ['transfer-encoding', 'chunked'],
  ['expect', '100-continue'],
  ['accept', 'a'],
  ['last-event-id', CURSOR],
  ['x-forwarded-for', '192.0.2.3'],
);
const separator = fc.constantFrom(':', ': ', ':\t', ':  ');
const head = fc
  .tuple(target, separator, usual, fc.option(unusual, { freq: 3 }))
  .map(([rest, between, lines, one]) =>
    [
      `GET ${PATH}${rest} HTTP/1.1`,
      'host: x',
      ...[...lines, ...(one ? [one] : [])].map(([name, text]) => `${name}${between}${text}`),
      '',
      '',
    ].join('\r\n'),
  );
/** One byte inserted, removed or replaced. */
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  left: fc.nat({ max: 2 }),
  put: fc.oneof(
    fc.constantFrom('', '\r', '\n', '\r\n', ' ', '\t', '\0', ':', '\u007f', 'ÿ'),
    fc.string({ unit: 'grapheme-ascii', maxLength: 1 }),
  ),
});
const mutated = fc.tuple(head, fc.array(mutation, { maxLength: 1 })).map(([text, mutations]) =>
  mutations.reduce((before, { at, left, put }) => {
    const index = Math.floor(at * before.length);
    return before.slice(0, index) + put + before.slice(index + left);
  }, text),
);

/** The requests that Node's own server parses from a head, and the status of its response. */
async function askNode(text: string): Promise<{ requests: Seen[]; answer: string }> {
  seen = [];
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (batch) => (answer += batch));
  socket.end(Buffer.from(text, 'latin1'));
  await once(socket, 'close');
  return { requests: seen, answer };
}

/** Checks that Node parses a request as the fast path has read it. */
async function expectSameMeaning(text: string, read: RequestHead): Promise<void> {
  const { requests, answer } = await askNode(text);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(requests).toHaveLength(1);
  const [{ method, url, headers, body }] = requests as [Seen];
  expect([method, url.pathname, body]).toEqual(['GET', read.path, '']);
  const query: Record<string, unknown> = Object.fromEntries(url.searchParams);
  if (query.limit !== undefined) query.limit = Number(query.limit);
  expect(read).toEqual({
    path: url.pathname,
    start: startOf({ headers, query } as unknown as StreamRequest),
    acceptEncoding: headers['accept-encoding'],
    forwardedFor: (headers['x-forwarded-for'] as string | undefined)?.split(',').at(-1)?.trim(),
  });
}

interface Seen {
  method: string | undefined;
  url: URL;
  headers: IncomingHttpHeaders;
  body: string;
}

let server: Server;
let seen: Seen[];
let app: FastifyInstance;
/** The bytes that the HTTP server received on each connection. */
let behind: PromiseWithResolvers<string>;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { method, url = '', headers } = request;
    const one = { method, url: new URL(url, 'http://x'), headers, body: '' };
    seen.push(one);
    request.setEncoding('latin1').on('data', (batch: string) => (one.body += batch));
    request.on('end', () => response.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  app = Fastify();
  app.head(PATH, (_request, reply) => reply.type('text/event-stream').send());
  app.server.removeAllListeners('connection').on('connection', (socket: Socket) => {
    let text = '';
    socket.setEncoding('latin1').on('data', (batch) => (text += batch));
    socket.on('end', () => {
      socket.end();
      behind.resolve(text);
    });
  });
  const onStream = (_head: unknown, _connection: unknown, socket: Socket) => {
    behind.resolve('a stream');
    socket.destroy();
  };
  await app.register(socketFastPath, { path: PATH, onStream });
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  server.close();
  await app.close();
});

it(
  'parses the requests that it accepts as the parser of Node does',
  { timeout: 60_000 },
  async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(mutated, async (text) => {
        const read = parseRequestHead(Buffer.from(text, 'latin1'));
        if (read === undefined) return;
        taken += 1;
        await expectSameMeaning(text, read);
      }),
      { numRuns: 2_000 },
    );
    expect(taken).toBeGreaterThan(50);
  },
);

it.for(proxyRequests(PATH))('accepts requests as %s sends them, as Node does', async ([, text]) => {
  for (const one of [text, text.replace(PATH, `${PATH}?lastEventId=${CURSOR}`)]) {
    const read = parseRequestHead(Buffer.from(one, 'latin1'));
    expect(read?.path).toBe(PATH);
    if (read !== undefined) await expectSameMeaning(one, read);
  }
});

it(
  'passes on what it does not take, byte for byte, wherever it is cut',
  { timeout: 60_000 },
  async () => {
    let passedOn = 0;
    const cut = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        mutated,
        cut,
        fc.string({ unit: 'grapheme-ascii' }),
        async (text, at, body) => {
          const bytes = Buffer.from(text + body, 'latin1');
          const index = 1 + Math.floor(at * (bytes.byteLength - 1));
          const parts = [bytes.subarray(0, index), bytes.subarray(index)] as const;
          behind = Promise.withResolvers();
          const arriving = once(app.server, 'connection') as Promise<[Socket]>;
          const { port } = app.server.address() as AddressInfo;
          const client = connect(port, '127.0.0.1')
            .on('error', () => {})
            .resume();
          const [socket] = await arriving;
          const first = once(socket, 'data');
          client.write(parts[0]);
          await first;
          client.end(parts[1]);
          const arrived = await behind.promise;
          client.destroy();
          const isTaken = parseRequestHead(parts[0])?.path === PATH;
          if (!isTaken) passedOn += 1;
          expect(arrived).toBe(isTaken ? 'a stream' : bytes.toString('latin1'));
        },
      ),
      { numRuns: 500 },
    );
    expect(passedOn).toBeGreaterThan(50);
  },
);
