import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMemoryBus, type MemoryBus } from '@quotewire/bus';
import { hostLock, topologyOf } from '@quotewire/events';
import { createLogger } from '@quotewire/service';
import type { Source } from '@quotewire/sources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Downloader } from '../src/fetch/downloader.ts';

const ROBOTS = '/robots.txt';
let server: Server;
let bus: MemoryBus;
let downloader: Downloader;
let host: string;
let requests: string[];
/** What a path answers; 404 where there's nothing. */
let answers: Record<string, RequestListener>;

beforeEach(async () => {
  [requests, answers] = [[], {}];
  server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const answer = answers[path];
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const logger = createLogger({ name: 'test', level: 'silent' });
  bus = createMemoryBus({ name: 'test', topology: topologyOf(), logger });
  downloader = new Downloader({
    bus,
    limits: { maxWireBytes: 1_000_000, maxDecodedBytes: 1_000_000, timeoutMs: 5_000 },
    userAgent: 'Quotewire/0.1 (+https://example.org)',
    privateHosts: new Set([host]),
    count: () => {},
  });
});
afterEach(async () => {
  await downloader.close();
  await bus.close();
  server.closeAllConnections();
  server.close();
});

const page: RequestListener = (_, response) => response.end('a page');
const text =
  (body: string): RequestListener =>
  (_, response) =>
    response.end(body);
const status =
  (code: number, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(code, headers).end();
const sourceOf = (settings: Partial<Source> = {}) =>
  ({
    name: 'example',
    enabled: true,
    url: `http://${host}/`,
    item: 'p',
    fields: { text: ':scope' },
    maxPages: 20,
    ...settings,
  }) as Source;
const fetched = (path: string, settings: Partial<Source> = {}) =>
  downloader.fetch(`http://${host}${path}`, { source: sourceOf(settings) });

it('follows redirects within the site, and says where it came to', async () => {
  answers = { '/': status(302, { location: '/2' }), '/2': page };
  expect(await fetched('/')).toMatchObject({ url: `http://${host}/2` });
});

it('gives up on a loop of redirects', async () => {
  answers = { '/': status(302, { location: '/' }) };
  await expect(fetched('/')).rejects.toMatchObject({
    isTemporary: false,
    message: `http://${host}/ redirects more than 5 times`,
  });
});

it.for(['http://169.254.169.254/latest/', 'https://elsewhere.example/', 'file:///etc/passwd'])(
  'does not follow a redirect to %s',
  async (location) => {
    answers = { '/': status(302, { location }) };
    await expect(fetched('/')).rejects.toThrow(`redirects to ${location}, which is another site`);
  },
);

it('asks for robots.txt before the first page, and not again', async () => {
  answers = { [ROBOTS]: text('User-agent: *\nDisallow: /private/'), '/': page, '/2': page };
  await fetched('/');
  await fetched('/2');
  expect(requests).toEqual([ROBOTS, '/', '/2']);
});

it('does not ask for what robots.txt forbids, be it by a redirect', async () => {
  answers = {
    [ROBOTS]: text('User-agent: quotewire\nDisallow: /private/'),
    '/': status(302, { location: '/private/' }),
    '/private/': page,
  };
  const refusal = { isBlocked: true, isTemporary: false };
  await expect(fetched('/private/')).rejects.toMatchObject(refusal);
  await expect(fetched('/')).rejects.toMatchObject(refusal);
  expect(requests).toEqual([ROBOTS, '/']);
});

it('asks for what robots.txt forbids when the source says so', async () => {
  answers = { [ROBOTS]: text('User-agent: *\nDisallow: /'), '/': page };
  await fetched('/', { politeness: { obeyRobots: false } });
  expect(requests).toEqual(['/']);
});

it('asks for nothing while robots.txt cannot be read, and reads it again', async () => {
  answers = { [ROBOTS]: status(503), '/': page };
  await expect(fetched('/')).rejects.toMatchObject({ isTemporary: true });
  expect(requests).toEqual([ROBOTS]);
  answers[ROBOTS] = status(403);
  await fetched('/');
  expect(requests).toEqual([ROBOTS, ROBOTS, '/']);
});

it('finds robots.txt behind redirects', async () => {
  answers = {
    [ROBOTS]: status(301, { location: '/rules' }),
    '/rules': text('User-agent: *\nDisallow: /'),
  };
  await expect(fetched('/')).rejects.toMatchObject({ isBlocked: true });
});

it('reads the first 500 KiB of robots.txt, however long it is', async () => {
  const endless = `User-agent: *\nDisallow: /no\n${'#'.repeat(510 * 1024)}\nDisallow: /`;
  answers = { [ROBOTS]: text(endless + '#'.repeat(2_000_000)), '/': page };
  await fetched('/');
  await expect(fetched('/no')).rejects.toMatchObject({ isBlocked: true });
});

it('gives a host the short rest that it asks for, from all scrapers', async () => {
  answers = { '/': status(503, { 'retry-after': '30' }) };
  await expect(fetched('/')).rejects.toMatchObject({ isTemporary: true });
  expect(await bus.tryLock(hostLock(host))).toBeUndefined();
});

it('makes the pauses that robots.txt asks for', async () => {
  answers = { [ROBOTS]: text('User-agent: *\nCrawl-delay: 30'), '/': page };
  await fetched('/');
  expect(await bus.tryLock(hostLock(host))).toBeUndefined();
});

it('makes the pauses that the source asks for', async () => {
  answers = { '/': page };
  await fetched('/', { politeness: { minDelaySeconds: 30 } });
  expect(await bus.tryLock(hostLock(host))).toBeUndefined();
});

it.for([
  [undefined, 'text/html'],
  ['script', 'text/html'],
  ['feed', 'application/rss+xml'],
  ['json', 'application/json'],
] as const)(
  'asks a source of kind %s for %s first, and for anything else too',
  async ([kind, type]) => {
    answers = { '/': ({ headers }, response) => response.end(headers.accept) };
    const { body } = (await fetched('/', kind === undefined ? {} : { kind })) ?? {};
    expect(body?.toString()).toMatch(new RegExp(`^${RegExp.escape(type)},.*\\*/\\*;q=0.1$`));
  },
);

it('follows redirects in one turn, however long the pauses', async () => {
  answers = {
    [ROBOTS]: text('User-agent: *\nCrawl-delay: 30'),
    '/': status(302, { location: '/2' }),
    '/2': page,
  };
  expect(await fetched('/')).toMatchObject({ url: `http://${host}/2` });
});

it('is blocked by a host that asks for a long rest, and leaves it alone', async () => {
  answers = { '/': status(429, { 'retry-after': '3600' }) };
  const before = Date.now();
  const refused = await fetched('/').catch((error: unknown) => error);
  expect(refused).toMatchObject({ isBlocked: true, isTemporary: false });
  const { blockedUntil } = refused as { blockedUntil: Date };
  expect(blockedUntil.getTime()).toBeGreaterThanOrEqual(before + 3_600_000);
  requests.length = 0;
  await expect(fetched('/2')).rejects.toMatchObject({ isBlocked: true, blockedUntil });
  expect(requests).toEqual([]);
});

it('is refused at a private address that nobody has named', async () => {
  const { port } = new URL(`http://${host}`);
  await expect(
    downloader.fetch(`http://localhost:${port}/`, { source: sourceOf() }),
  ).rejects.toMatchObject({
    name: 'FetchError',
    isTemporary: false,
  });
  expect(requests).toEqual([]);
});
