/**
 * Two sites that share quotes live through two years, seed by seed; `simulation/calendar.ts` says
 * what happens to them: they grow, drop quotes, change their order, their markup and their address,
 * lose the link to the next page, send pages that are cut, and answer 304, 404, 410, 429 and 503.
 * The scraper reads each page, and now and then its process dies in the middle of a job.
 *
 * What is promised, and compared after each run with what was published and told:
 *
 * | promise | exactly |
 * |---|---|
 * | no quote is published twice | whatever dies when, whichever of the sites has it |
 * | no new quote is lost | where the newest stand first, a run that ends well with no page left to read has published all that appeared before it began, unless quotes changed their places while a run, or a sweep of several runs, was on its way |
 * | no quote is lost | each is published that stays on its site for a day or ten intervals, whichever is longer, and as many intervals as the site has pages and four more, all without trouble |
 * | a sweep ends | a run reads the last page within twice that time, however many runs have news meanwhile |
 * | a source is told to be well | whenever its run has met no trouble |
 * | it's told to be broken | whenever its run has met other markup, a cut page, or a first page without its link, if it had one since its entry was changed |
 * | it's told to be failing | from the third run in a row that can't fetch a page |
 * | it's told to be blocked | while its host asks for a long rest |
 * | a host is left alone | until the time that was published; when it's down for days, it gets at most six requests a day |
 * | a source recovers | its host is asked again within six hours and an interval |
 * | a random source picks one | never more than one quote in a run; the picks themselves don't follow the seed |
 *
 * More seeds, at intervals of two hours too: `TWO_YEARS_SEEDS=1-100 npx vitest run --project unit
 * services/scraper/test/two-years.test.ts`; a seed that fails is run again alone as `7-7`.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Downloader } from '@quotewire/fetch';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { liveThrough, type Verdict } from './simulation/live-through.ts';
import type { SimulatedSite } from './simulation/simulated-site.ts';

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

function expectMuch({ published, witnesses }: Verdict): void {
  // n.b. a simulation in which little happens would keep any promise
  expect(published).toBeGreaterThan(50);
  for (const { runs, requests } of witnesses) expect(requests).toBeLessThan(runs * 5);
}

it.for(seeds)(
  'loses no quote, publishes none twice and reports true states in two years (seed %d)',
  { timeout: SEED_TIMEOUT_MS },
  async (seed) => {
    const verdict = await liveThrough({ seed, days: DAYS, intervalHours, setTime });
    expect(verdict.violations.slice(0, 5)).toEqual([]);
    expectMuch(verdict);
  },
);

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
  const verdict = await liveThrough({
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
  expect(verdict.violations.slice(0, 5)).toEqual([]);
  expectMuch(verdict);
});

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await once(server.close(), 'close');
}
