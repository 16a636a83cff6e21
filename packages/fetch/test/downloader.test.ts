import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createMemoryBus, type MemoryBus } from '@quotewire/bus';
import { hostLock, topologyOf } from '@quotewire/events';
import { createLogger } from '@quotewire/service';
import type { Source } from '@quotewire/sources';
import { Agent, buildConnector } from 'undici';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Downloader, type DownloaderOptions } from '../src/downloader.ts';

const ROBOTS = '/robots.txt';
let server: Server;
let bus: MemoryBus;
let downloader: Downloader;
/** Postpones a page if the queue of its host is not empty. */
let impatient: Downloader;
/** Waits in the queue of a host without a limit. */
let patient: Downloader;
const downloaders: Downloader[] = [];
let host: string;
let requests: string[];
/** The responses by path; 404 for any other. */
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
  downloader = downloaderWith({});
  impatient = downloaderWith({ maxWaitMs: 1 });
  patient = downloaderWith({ maxWaitMs: 60_000 });
});
afterEach(async () => {
  await Promise.all(downloaders.splice(0).map((one) => one.close()));
  await bus.close();
  server.closeAllConnections();
  server.close();
});

function downloaderWith(options: Partial<DownloaderOptions>): Downloader {
  const created = new Downloader({
    bus,
    limits: { maxWireBytes: 1_000_000, maxDecodedBytes: 1_000_000, timeoutMs: 5_000 },
    userAgent: 'Quotewire/0.1 (+https://example.org)',
    privateHosts: new Set([host]),
    count: () => {},
    ...options,
  });
  downloaders.push(created);
  return created;
}

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
const fetched = (path: string, settings: Partial<Source> = {}, by = downloader) =>
  by.fetch(`http://${host}${path}`, { source: sourceOf(settings) });

it('follows redirects within the site and returns the final URL', async () => {
  answers = { '/': status(302, { location: '/2' }), '/2': page };
  expect(await fetched('/')).toMatchObject({ url: `http://${host}/2` });
});

it('rejects a redirect loop', async () => {
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
    await expect(fetched('/')).rejects.toThrow(`redirects to another site, ${location}`);
  },
);

it('requests robots.txt once, before the first page', async () => {
  answers = { [ROBOTS]: text('User-agent: *\nDisallow: /private/'), '/': page, '/2': page };
  await fetched('/');
  await fetched('/2');
  expect(requests).toEqual([ROBOTS, '/', '/2']);
});

it('requests no page that robots.txt forbids, not even after a redirect', async () => {
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

it('requests forbidden pages if the source ignores robots.txt', async () => {
  answers = { [ROBOTS]: text('User-agent: *\nDisallow: /'), '/': page };
  await fetched('/', { politeness: { obeyRobots: false } });
  expect(requests).toEqual(['/']);
});

it('requests no page while robots.txt is unavailable, and retries robots.txt', async () => {
  answers = { [ROBOTS]: status(503), '/': page };
  await expect(fetched('/')).rejects.toMatchObject({ isTemporary: true });
  expect(requests).toEqual([ROBOTS]);
  answers[ROBOTS] = status(403);
  await fetched('/');
  expect(requests).toEqual([ROBOTS, ROBOTS, '/']);
});

it('follows redirects of robots.txt', async () => {
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

it('pauses all scrapers for a short Retry-After', async () => {
  answers = { '/': status(503, { 'retry-after': '30' }) };
  await expect(fetched('/')).rejects.toMatchObject({ isTemporary: true });
  expect(await bus.tryLock(hostLock(host))).toBeUndefined();
});

it('obeys the Crawl-delay of robots.txt', async () => {
  answers = { [ROBOTS]: text('User-agent: *\nCrawl-delay: 30'), '/': page };
  await fetched('/');
  expect(await bus.tryLock(hostLock(host))).toBeUndefined();
});

it('obeys the minDelaySeconds of the source', async () => {
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
  'accepts for a source of kind %s %s first, and any other type',
  async ([kind, type]) => {
    answers = { '/': ({ headers }, response) => response.end(headers.accept) };
    const { body } = (await fetched('/', kind === undefined ? {} : { kind })) ?? {};
    expect(body?.toString()).toMatch(new RegExp(`^${RegExp.escape(type)},.*\\*/\\*;q=0.1$`));
  },
);

it('pauses before it follows a redirect', async () => {
  answers = { '/': status(302, { location: '/2' }), '/2': page };
  const wait = async (ms: number) => void requests.push(`pause of ${ms} ms`);
  const politeness = { minDelaySeconds: 0.3, obeyRobots: false };
  await fetched('/', { politeness }, downloaderWith({ wait }));
  expect(requests.slice(0, 3)).toEqual(['/', 'pause of 300 ms', '/2']);
});

it('applies one timeout to a page and its redirects, pauses excluded', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  answers = {
    '/': (_, response) => {
      vi.advanceTimersByTime(4_900);
      response.writeHead(302, { location: '/2' }).end();
    },
    // never answered
    '/2': () => {},
  };
  const wait = async (ms: number) => void vi.advanceTimersByTime(ms);
  const politeness = { minDelaySeconds: 30 };
  await expect(fetched('/', { politeness }, downloaderWith({ wait }))).rejects.toThrow(
    `http://${host}/2 can't be fetched: the request took longer than 0.1 s`,
  );
});

it('resumes at the target of a redirect that was postponed', async () => {
  answers = {
    [ROBOTS]: text('User-agent: *\nCrawl-delay: 0.5'),
    '/': status(302, { location: '/2' }),
    '/2': page,
  };
  await expect(fetched('/', {}, impatient)).rejects.toMatchObject({ name: 'PostponeError' });
  const goOn = () => fetched('/', {}, impatient).catch(() => undefined);
  await vi.waitFor(async () => expect(await goOn()).toMatchObject({ url: `http://${host}/2` }), {
    timeout: 15_000,
  });
  expect(requests).toEqual([ROBOTS, '/', '/2']);
});

it('postpones a page at once if the queue of its host is full', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  answers = {
    '/': (_, response) => void released.then(() => response.end('a page')),
  };
  const pages = Array.from({ length: 6 }, () => fetched('/', {}, patient));
  await expect(pages[5]).rejects.toMatchObject({ name: 'PostponeError' });
  release();
  expect(await Promise.all(pages.slice(0, 5))).toHaveLength(5);
});

it("lets only a private host's own source connect to it, robots.txt included", async () => {
  const secret = createServer((request, response) => {
    requests.push(`secret ${request.url}`);
    response.end('User-agent: *\nDisallow:');
  });
  await new Promise<void>((resolve) => {
    secret.listen(0, '127.0.0.1', resolve);
  });
  const secretHost = `127.0.0.1:${(secret.address() as AddressInfo).port}`;
  const own = downloaderWith({ privateHosts: new Set([host, secretHost]) });
  answers = { [ROBOTS]: status(302, { location: `http://${secretHost}/delete?all=1` }), '/': page };
  const refused = fetched('/', {}, own);
  await expect(refused).rejects.toThrow('which is no public address');
  expect(requests).toEqual([ROBOTS]);
  secret.close();
});

it('decodes a compressed robots.txt', async () => {
  const rules = gzipSync('User-agent: *\nDisallow: /');
  answers = { [ROBOTS]: (_, response) => response.end(rules), '/': page };
  await expect(fetched('/')).rejects.toMatchObject({ isBlocked: true });
});

it('requests no page while robots.txt answers 429', async () => {
  answers = { [ROBOTS]: status(429), '/': page };
  await expect(fetched('/')).rejects.toMatchObject({ isTemporary: true });
  expect(requests).toEqual([ROBOTS]);
});

it('requests robots.txt again after a day', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  answers = { [ROBOTS]: text('User-agent: *\nDisallow: /no'), '/': page };
  await fetched('/');
  vi.advanceTimersByTime(23 * 3_600_000);
  await fetched('/');
  expect(requests).toEqual([ROBOTS, '/', '/']);
  vi.advanceTimersByTime(2 * 3_600_000);
  await fetched('/');
  expect(requests).toEqual([ROBOTS, '/', '/', ROBOTS, '/']);
});

it('follows five redirects of robots.txt, and allows everything after more', async () => {
  const chain = (length: number) =>
    Object.fromEntries(
      Array.from({ length }, (_, index) => [
        index === 0 ? ROBOTS : `/${index}`,
        status(302, { location: `/${index + 1}` }),
      ]),
    );
  answers = { ...chain(5), '/5': text('User-agent: *\nDisallow: /') };
  await expect(fetched('/page')).rejects.toMatchObject({ isBlocked: true });
  answers = { ...chain(6), '/6': text('User-agent: *\nDisallow: /'), '/page': page };
  expect(await fetched('/page', {}, downloaderWith({}))).toMatchObject({ contentType: '' });
});

describe("at a host that is not the operator's own", () => {
  /** The pauses after its requests, in ms. */
  let pausesMs: number[];
  let stranger: Downloader;
  const url = 'http://stranger.example/';

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    pausesMs = [];
    const { port } = new URL(`http://${host}`);
    const connect = buildConnector({});
    stranger = downloaderWith({
      privateHosts: new Set(),
      openAgent: () =>
        new Agent({
          connect: (options, callback) =>
            connect({ ...options, hostname: '127.0.0.1', port }, callback),
        }),
      wait: async (ms) => void pausesMs.push(ms),
    });
  });

  /** Answers after so long, by the clock of the pauses. */
  const after =
    (ms: number, answer: RequestListener): RequestListener =>
    (...exchange) => {
      vi.advanceTimersByTime(ms);
      answer(...exchange);
    };
  async function visit(answer: RequestListener): Promise<number | undefined> {
    answers['/'] = answer;
    const source = { url, politeness: { obeyRobots: false } };
    await stranger.fetch(url, { source }).catch(() => {});
    // a fetch resolves before its pause: only the next request waits for it
    await vi.waitFor(() => expect(pausesMs).toHaveLength(1));
    return pausesMs.pop();
  }

  it('pauses at least a second', async () => {
    expect(await visit(page)).toBe(1_000);
  });

  it('pauses as long as responses take, and shortens the pause by at most half', async () => {
    expect(await visit(after(8_000, page))).toBe(8_000);
    expect(await visit(after(2_000, page))).toBe(5_000);
    expect(await visit(page)).toBe(2_500);
  });

  it('never shortens the pause after an error', async () => {
    expect(await visit(after(8_000, page))).toBe(8_000);
    expect(await visit(status(500))).toBe(8_000);
    expect(await visit(status(404))).toBe(8_000);
  });

  it('doubles the pause when the host is overloaded', async () => {
    expect(await visit(after(3_000, page))).toBe(3_000);
    expect(await visit(status(503))).toBe(6_000);
    expect(await visit(status(429))).toBe(12_000);
  });
});

it('counts unchanged pages and returns undefined for them', async () => {
  const counts: string[] = [];
  answers = { '/': status(304) };
  const counting = downloaderWith({ count: (name) => counts.push(name) });
  const source = sourceOf();
  expect(await counting.fetch(source.url, { source, validators: { etag: '"v1"' } })).toBe(
    undefined,
  );
  expect(counts.filter((name) => name === 'httpcache_revalidate_total')).toHaveLength(1);
});

it('sends no request to a host with a long Retry-After', async () => {
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

it('refuses a private address that the operator has not configured', async () => {
  const { port } = new URL(`http://${host}`);
  await expect(
    downloader.fetch(`http://localhost:${port}/`, { source: sourceOf() }),
  ).rejects.toMatchObject({
    name: 'FetchError',
    isTemporary: false,
  });
  expect(requests).toEqual([]);
});
