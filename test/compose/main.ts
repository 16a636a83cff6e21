// Restarts the replicas of a Compose project in two halves under EventSources of Chromium: node test/compose/main.ts <project> <origin>
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually } from '@quotewire/testing';
import { chromium, type Page } from 'playwright-core';
import { findChromium } from '../support/find-chromium.ts';

const PAGES = 4;
/** Of each page; all share one connection over HTTP/2. */
const PATHS = ['/quoteEvent', '/quoteEvent', '/quoteEvent?source=sample-site', '/clockEvent'];
const RESTARTED = ['quote-stream', 'scraper', 'timer', 'clock'];
const DEADLINE_MS = 90_000;
const GRACE_SECONDS = '40';

/** What an `EventSource` of a page has received. */
interface Seen {
  readonly path: string;
  /** The offset of each quote or second, in order. */
  readonly offsets: readonly number[];
  readonly gaps: number;
  readonly isClosed: boolean;
}

const [project = '', origin = ''] = process.argv.slice(2);
const run = promisify(execFile);
const docker = async (...args: string[]) => (await run('docker', args)).stdout.trim();

/** Opens streams in a page, and forgets those from before. */
async function openStreams(page: Page, paths: readonly string[]): Promise<void> {
  await page.goto(`${origin}/livez`);
  await page.evaluate((given) => {
    const streams = given.map((path) => {
      const source = new EventSource(path);
      const stream = { path, source, offsets: [] as number[], gaps: 0 };
      const note = (event: Event) =>
        void stream.offsets.push(Number.parseInt((event as MessageEvent).lastEventId));
      for (const name of ['newQuote', 'message', 'est', 'pdt']) source.addEventListener(name, note);
      source.addEventListener('gap', () => (stream.gaps += 1));
      return stream;
    });
    Object.assign(globalThis, { streams });
  }, paths);
}

function readStreams(page: Page): Promise<Seen[]> {
  return page.evaluate(() => {
    type Stream = Omit<Seen, 'isClosed'> & { source: EventSource };
    const { streams } = globalThis as unknown as { streams: Stream[] };
    return streams.map(({ path, source, offsets, gaps }) => ({
      path,
      offsets,
      gaps,
      isClosed: source.readyState === EventSource.CLOSED,
    }));
  });
}

const newestOf = ({ offsets }: Pick<Seen, 'offsets'>) => offsets.at(-1) ?? -1;

/** Resolves once each stream that isn't closed has received something that none of its path had before. */
async function untilAllReceive(pages: readonly Page[]): Promise<Seen[]> {
  const readAll = async () => (await Promise.all(pages.map(readStreams))).flat();
  const before = await readAll();
  const isCurrent = (stream: Seen) =>
    stream.isClosed ||
    before.every((other) => other.path !== stream.path || newestOf(stream) > newestOf(other));
  return eventually(
    async () => {
      const all = await readAll();
      return all.every(isCurrent) && all;
    },
    { what: 'every stream receives something new', timeoutMs: DEADLINE_MS },
  );
}

/** Restarts every other replica of each service; resolves when they are healthy. */
async function restartHalf(half: 0 | 1): Promise<void> {
  const replicas = await Promise.all(
    RESTARTED.map(async (service) => {
      const labels = [`project=${project}`, `service=${service}`].flatMap((label) => [
        '--filter',
        `label=com.docker.compose.${label}`,
      ]);
      return (await docker('ps', '--quiet', ...labels)).split('\n');
    }),
  );
  const some = replicas.flatMap((ids) => ids.filter((_id, index) => index % 2 === half));
  await docker('restart', '--time', GRACE_SECONDS, ...some);
  await eventually(
    async () => {
      const states = await docker('inspect', '--format', '{{.State.Health.Status}}', ...some);
      return states.split('\n').every((state) => state === 'healthy');
    },
    { what: 'the restarted replicas are healthy', timeoutMs: DEADLINE_MS },
  );
}

/** Reads from the history what a stream of quotes should have received, up to an offset. */
async function readHistory(page: Page, path: string, last: number): Promise<readonly number[]> {
  await openStreams(page, [`${path}${path.includes('?') ? '&' : '?'}limit=1000`]);
  return eventually(
    async () => {
      const [stream = { offsets: [] }] = await readStreams(page);
      return newestOf(stream) >= last && stream.offsets;
    },
    { what: `the history of ${path} reaches ${last}`, timeoutMs: DEADLINE_MS },
  );
}

/** Counts what a stream missed and received twice, from its first event to its last. */
function faultsOf({ offsets }: Seen, expected: readonly number[]) {
  const received = new Set(offsets);
  const first = Math.min(...offsets);
  const missing = expected.filter(
    (offset) => offset >= first && offset <= Math.max(...offsets) && !received.has(offset),
  );
  return { lost: missing.length, doubled: offsets.length - received.size };
}

/** The clock has three events a second, whose offsets have no holes. */
function everySecond({ offsets }: Seen): number[] {
  const [first = 0] = offsets;
  return Array.from({ length: (offsets.at(-1) ?? 0) - first + 1 }, (_, index) => first + index);
}

const executablePath = findChromium();
const browser = await chromium.launch({
  ...(executablePath !== undefined && { executablePath }),
  args: ['--disable-gpu', '--disable-quic', '--disable-sync', '--no-sandbox'],
});
try {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const pages = await Promise.all(Array.from({ length: PAGES }, () => context.newPage()));
  await Promise.all(pages.map((page) => openStreams(page, PATHS)));
  await untilAllReceive(pages);
  await restartHalf(0);
  await untilAllReceive(pages);
  await restartHalf(1);
  const streams = await untilAllReceive(pages);
  const counts = { closed: 0, lost: 0, doubled: 0, gaps: 0 };
  const reader = await context.newPage();
  for (const path of new Set(PATHS)) {
    const ofPath = streams.filter((stream) => stream.path === path);
    const last = Math.max(...ofPath.map(newestOf));
    const quotes = path.startsWith('/quoteEvent') && (await readHistory(reader, path, last));
    for (const stream of ofPath) {
      const { lost, doubled } = faultsOf(stream, quotes || everySecond(stream));
      counts.lost += lost;
      counts.doubled += doubled;
      counts.gaps += stream.gaps;
      counts.closed += stream.isClosed ? 1 : 0;
    }
  }
  const events = streams.reduce((total, { offsets }) => total + offsets.length, 0);
  process.stdout.write(`${JSON.stringify({ streams: streams.length, events, ...counts })}\n`);
  process.exitCode = Object.values(counts).every((count) => count === 0) ? 0 : 1;
} finally {
  await browser.close();
}
