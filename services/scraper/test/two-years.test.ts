/**
 * Simulates two years of two sites that share quotes, for each seed. `simulation/site-timeline.ts`
 * changes them: they grow, drop quotes, change their order, their markup and their origin,
 * lose the link to the next page, send truncated pages, and answer 304, 404, 410, 429 and 503.
 * The scraper reads the pages, and sometimes its process crashes during a job.
 *
 * The guarantees, checked after each run against the published quotes and states:
 *
 * | guarantee | exactly |
 * |---|---|
 * | no quote is published twice | whenever a process crashes, and if both sites have it |
 * | no new quote is lost | on a site with the newest first, a complete run has published all quotes that appeared before it started, unless quotes changed position during the run or its sweep (the runs that together read all pages) |
 * | no quote is lost | a quote is published if it stays on its site, without a fault, for a day or ten intervals, whichever is longer, plus an interval for each page and four more |
 * | a sweep ends | a run reaches the last page within twice that time, however many runs have new quotes |
 * | a healthy state is published | after a run without a fault |
 * | `broken` is published | after a run with other markup, a truncated page, or a first page without its link, if it had one since the last change of the entry |
 * | `failing` is published | from the third consecutive run that can't fetch a page |
 * | `blocked` is published | while its host has a long Retry-After |
 * | a blocked host receives no request | until the published time; a host that is down for days receives at most six requests a day |
 * | a source recovers | its host receives a request within six hours and an interval |
 * | a random source picks one | at most one quote in a run |
 *
 * More seeds, at intervals of two hours too: `TWO_YEARS_SEEDS=1-100 npx vitest run --project unit
 * services/scraper/test/two-years.test.ts`; `7-7` repeats one seed.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Downloader } from '@quotewire/fetch';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { simulate, type SimulationResult } from './simulation/simulate.ts';
import { randomFrom } from './simulation/random.ts';
import { createRunRecord, recordResponse } from './simulation/run-record.ts';
import { SimulatedSite } from './simulation/simulated-site.ts';

const DAYS = 731;
const SOCKET_DAYS = 100;
const SEED_TIMEOUT_MS = 300_000;
const range = process.env.TWO_YEARS_SEEDS;
const [first = 1, last = first] = (range ?? '7-11').split('-').map(Number);
const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);
const intervalHours = range === undefined ? [12, 24] : [2, 6, 12, 24];
const setTime = (ms: number) => vi.setSystemTime(ms);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function expectActivity({ published, checkers }: SimulationResult): void {
  // a simulation without activity would satisfy any guarantee
  expect(published).toBeGreaterThan(50);
  for (const { runs, requests } of checkers) expect(requests).toBeLessThan(runs * 5);
}

it.for(seeds)(
  'loses no quote, publishes none twice and reports true states in two years (seed %d)',
  { timeout: SEED_TIMEOUT_MS },
  async (seed) => {
    const result = await simulate({ seed, days: DAYS, intervalHours, setTime });
    expect(result.violations.slice(0, 5)).toEqual([]);
    expectActivity(result);
  },
);

it('repeats a simulation by its seed, with a random source and crashes', async () => {
  const simulateAgain = async () => {
    const { checkers, ...result } = await simulate({
      seed: 10,
      days: SOCKET_DAYS,
      intervalHours,
      setTime,
    });
    return {
      ...result,
      counts: checkers.map(({ requests, stateCounts }) => [requests, stateCounts]),
    };
  };
  const result = await simulateAgain();
  expect(result.restarts).toBeGreaterThan(0);
  expect(await simulateAgain()).toEqual(result);
});

it('records a page as fetched if its retry finds that the pages have ended', () => {
  const traits = { paging: '404', order: 'newest-first', perPage: 2, validators: 'none' } as const;
  const site = new SimulatedSite({
    name: 'site',
    origin: 'http://one.example',
    traits,
    random: randomFrom(1),
    textOf: () => 'a quote',
  });
  site.condition = '503-sometimes';
  const record = createRunRecord('run', 0);
  recordResponse(record, { site, page: 2, answer: 503 });
  recordResponse(record, { site, page: 2, answer: 404 });
  expect([...record.faults]).toEqual(['recovered']);
});

it('keeps the same guarantees over sockets', { timeout: SEED_TIMEOUT_MS }, async () => {
  let sites: readonly SimulatedSite[] = [];
  const servers = [0, 1].map((index) =>
    createServer((request, response) => {
      const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
      const headers = {
        'if-none-match': request.headers['if-none-match'],
        'if-modified-since': request.headers['if-modified-since'],
      };
      const answer = sites[index]?.answer(url, headers);
      if (answer === undefined || answer.status === 0) request.socket.destroy();
      else response.writeHead(answer.status, answer.headers).end(answer.body);
    }).listen(0, '127.0.0.1'),
  );
  await Promise.all(servers.map((server) => once(server, 'listening')));
  onTestFinished(() => Promise.all(servers.map(close)).then(() => {}));
  const hosts = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
  const result = await simulate({
    seed: 3,
    days: SOCKET_DAYS,
    intervalHours: [12],
    setTime,
    origins: hosts.map((host) => `http://${host}`),
    onSites: (opened) => {
      sites = opened;
    },
    fetchPage(bus) {
      const downloader = new Downloader({
        bus,
        limits: { maxWireBytes: 100_000, maxDecodedBytes: 100_000, timeoutMs: 20_000 },
        userAgent: 'Quotewire/0.1 (+https://example.org)',
        privateHosts: new Set(hosts),
        maxWaitMs: 20_000,
        count: () => {},
      });
      onTestFinished(() => downloader.close());
      return (url, options) => downloader.fetch(url, options);
    },
  });
  expect(result.violations.slice(0, 5)).toEqual([]);
  expectActivity(result);
});

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await once(server.close(), 'close');
}
