import { createLogger } from '@quotewire/service';
import {
  BusError,
  createMemoryBus,
  type DataOf,
  type EventOf,
  type MemoryBus,
} from '@quotewire/bus';
import {
  quoteScraped,
  quotesLog,
  scrapeQueue,
  scrapeRequested,
  sourceStatus,
  topologyOf,
} from '@quotewire/events';
import type { SourceOf } from '@quotewire/sources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ExtractError } from '../src/extract/extract-error.ts';
import { extractQuotes } from '../src/extract-quotes.ts';
import { FetchError } from '../src/fetch/fetch-error.ts';
import type { FetchedPage, Validators } from '../src/fetch-page.ts';
import { onScrapeRequested, type ScrapeParts } from '../src/on-scrape-requested.ts';
import { PublishedQuotes } from '../src/published-quotes.ts';
import { SourceStates } from '../src/source-states.ts';

const PAGES = 5;
const origin = 'https://example.org';
const source: SourceOf<'html'> = {
  name: 'example',
  enabled: true,
  url: `${origin}/1`,
  item: 'p',
  fields: { text: ':scope' },
  next: 'a',
  maxPages: 20,
};
const pageOf = (number: number): FetchedPage => ({
  url: `${origin}/${number}`,
  contentType: 'text/html',
  body: Buffer.from(
    `<p>quote ${number} a</p><p>quote ${number} b</p>${number < PAGES ? `<a href="/${number + 1}">next</a>` : ''}`,
  ),
});

type Job = DataOf<typeof scrapeRequested>;
const job = (more: Partial<Job> = {}): Job => ({
  source: 'example',
  runId: 'run-1',
  page: 1,
  url: `${origin}/1`,
  expiresAt: new Date(Date.now() + 60_000).toISOString(),
  ...more,
});

let bus: MemoryBus;
let texts: string[];
let statuses: string[];
let fetched: string[];
let asked: Validators[];
let extract: ScrapeParts['extract'];
let last: DataOf<typeof sourceStatus> | undefined;
/** What a process learns from the log: a new one begins with this. */
let published: PublishedQuotes;
let states: SourceStates;

beforeEach(() => {
  bus = createMemoryBus({
    name: 'test',
    topology: topologyOf(),
    logger: createLogger({ name: 'test', level: 'silent' }),
  });
  [texts, statuses, fetched, asked, last] = [[], [], [], [], undefined];
  extract = async (page, options) => extractQuotes(page, options);
  published = new PublishedQuotes();
  states = new SourceStates({ bus, sources: [source] });
  bus.follow(quotesLog, ({ event }) => {
    if (event === undefined) return;
    if (event.type === quoteScraped.type) {
      texts.push(event.data.text);
      published.add(event.data);
    } else if (event.type === sourceStatus.type) {
      statuses.push(event.data.state);
      last = event.data;
      states.learn(event.data);
    }
  });
});
afterEach(() => bus.close());

async function readLog(): Promise<void> {
  const end = bus.follow(quotesLog, () => {});
  await end.caughtUp;
  await end.close();
}

/** Does a job and all that follow from it, as a scraper does that nothing happens to. */
async function work(
  first: Job,
  fetchPage: (url: string) => Promise<FetchedPage | undefined> = async (url) =>
    pageOf(Number(url.split('/').at(-1))),
  settings: Partial<SourceOf<'html'>> = {},
) {
  const jobs = [first];
  const done: Job[] = [];
  const recording = {
    ...bus,
    publish: (async (type: never, data: never, options: never) => {
      if (type === (scrapeRequested as unknown)) jobs.push(data);
      else await bus.publish(type, data, options);
      return undefined;
    }) as unknown as MemoryBus['publish'],
  };
  const handle = onScrapeRequested({
    bus: recording,
    sources: [{ ...source, ...settings }],
    published,
    states,
    fetchPage: (url, { validators = {} }) => {
      fetched.push(url);
      asked.push(validators);
      return fetchPage(url);
    },
    extract,
    count: () => {},
  });
  for (let next = jobs.shift(); next !== undefined; next = jobs.shift()) {
    await handle({ id: 'job', data: next } as EventOf<typeof scrapeRequested>);
    done.push(next);
    await readLog();
  }
  return done;
}

it('publishes every quote of every page, once', async () => {
  await work(job());
  expect(texts).toHaveLength(PAGES * 2);
  expect(new Set(texts).size).toBe(PAGES * 2);
  expect(statuses).toEqual(['ok']);
});

it('publishes the first of a page last, since it is the newest', async () => {
  await work(job());
  expect(texts.slice(0, 2)).toEqual(['quote 1 b', 'quote 1 a']);
});

it('stops at a page without news once a run has come to the end', async () => {
  await work(job());
  fetched.length = 0;
  await work(job({ runId: 'run-2' }));
  expect(fetched).toEqual([`${origin}/1`]);
  expect(texts).toHaveLength(PAGES * 2);
});

it('goes on past pages without news as long as no run has come to the end', async () => {
  const died = new Error('killed');
  await expect(
    work(job(), async (url) => {
      if (url.endsWith('/3')) throw died;
      return pageOf(Number(url.at(-1)));
    }),
  ).rejects.toBe(died);
  await work(job({ runId: 'run-2' }));
  expect(new Set(texts).size).toBe(PAGES * 2);
  expect(texts).toHaveLength(PAGES * 2);
});

it('goes on with the next page when it died after the quotes of one', async () => {
  await work(job());
  // all is known and a run has come to the end, but these quotes were this run's own
  fetched.length = 0;
  await work(job());
  expect(fetched).toHaveLength(PAGES);
  expect(texts).toHaveLength(PAGES * 2);
});

it('publishes nothing of the next page when the quotes could not be published', async () => {
  await bus.close();
  await expect(work(job())).rejects.toBeInstanceOf(BusError);
  expect(fetched).toEqual([`${origin}/1`]);
});

it('lets an expired job go', async () => {
  await work(job({ expiresAt: new Date(Date.now() - 1).toISOString() }));
  expect(fetched).toEqual([]);
});

it.for([
  ['of a source that it does not know', { source: 'nobody' }],
  ["on another site than its source's", { url: 'https://elsewhere.example/1' }],
  ['with an address that is none', { url: 'http://[' }],
] as const)('refuses for good a job %s', async ([, more]) => {
  await expect(work(job(more))).rejects.toMatchObject({ name: 'PermanentError' });
});

it('reports a page that the site will not give, and is done with it', async () => {
  await work(job(), async (url) => {
    throw new FetchError(`${url} answered 404`, { isTemporary: false });
  });
  await readLog();
  expect(statuses).toEqual(['failing']);
});

it('reports a page that it cannot have now, and wants it again', async () => {
  const unavailable = new FetchError('answered 503', { isTemporary: true });
  await expect(
    work(job(), async () => {
      throw unavailable;
    }),
  ).rejects.toBe(unavailable);
  expect(scrapeQueue.retryDelaysMs.length).toBeGreaterThan(0);
});

const TEN = 10;
const tenPages = async (url: string): Promise<FetchedPage> => {
  const number = Number(url.split('/').at(-1));
  const next = number < TEN ? `<a href="/${number + 1}">next</a>` : '';
  return {
    url,
    contentType: 'text/html',
    body: Buffer.from(`<p>quote ${number} a</p><p>quote ${number} b</p>${next}`),
  };
};
const allOfTen = Array.from({ length: TEN }, (_, index) => [
  `quote ${index + 1} a`,
  `quote ${index + 1} b`,
]).flat();
const cutsAtThree: [string, Error][] = [
  ['that had no answer', new FetchError('answered 503', { isTemporary: true })],
  ['whose process died', new Error('killed')],
];

it.for(cutsAtThree)('ends with all pages after a run %s at the third', async ([, error]) => {
  const cut = work(job(), async (url) => {
    if (url.endsWith('/3')) throw error;
    return tenPages(url);
  });
  await expect(cut).rejects.toBe(error);
  await work(job({ runId: 'run-2' }), tenPages);
  await readLog();
  expect(texts.toSorted()).toEqual(allOfTen.toSorted());
  expect(statuses.at(-1)).toBe('ok');
  expect(last).toMatchObject({ reachedEnd: true });
  expect(last).not.toHaveProperty('nextPage');
});

it('does a page again that had no answer, and is well', async () => {
  const unavailable = new FetchError('answered 503', { isTemporary: true });
  const third = job({ page: 3, url: `${origin}/3` });
  await expect(work(third, () => Promise.reject(unavailable))).rejects.toBe(unavailable);
  await readLog();
  expect(last).toMatchObject({ state: 'failing', nextPage: `${origin}/3`, failedRuns: 1 });
  await work(third, tenPages);
  expect(last).toMatchObject({ state: 'ok', failedRuns: 0, reachedEnd: true });
  expect(last).not.toHaveProperty('nextPage');
});

it('does not go back to a page that it has done again', async () => {
  await work(job(), tenPages);
  const third = job({ runId: 'run-2', page: 3, url: `${origin}/3` });
  const unavailable = new FetchError('answered 503', { isTemporary: true });
  await expect(work(third, () => Promise.reject(unavailable))).rejects.toBe(unavailable);
  fetched.length = 0;
  await work(third, tenPages);
  expect(fetched).toEqual([3, 4, 5, 6, 7, 8, 9, 10].map((page) => `${origin}/${page}`));
});

it('reads no more pages in a run than its source allows, and goes on there in the next', async () => {
  const bounded = { maxPages: 3 };
  await work(job(), tenPages, bounded);
  expect(fetched).toEqual([1, 2, 3].map((page) => `${origin}/${page}`));
  expect(last).toMatchObject({ state: 'ok', nextPage: `${origin}/4`, reachedEnd: false });
  // n.b. each looks at the first page, and goes on with two or three others
  for (const runId of ['run-2', 'run-3', 'run-4', 'run-5'])
    await work(job({ runId }), tenPages, bounded);
  expect(last).toMatchObject({ state: 'ok', reachedEnd: true });
  expect(texts.toSorted()).toEqual(allOfTen.toSorted());
  expect(fetched.filter((url) => url.endsWith('/2'))).toHaveLength(1);
});

it('goes on with a source of one page a run', async () => {
  for (let run = 1; run <= TEN; run += 1) {
    await work(job({ runId: `run-${run}` }), tenPages, { maxPages: 1 });
  }
  expect(texts.toSorted()).toEqual(allOfTen.toSorted());
});

it('leaves a page that was not read in time to the next run', async () => {
  await work(job(), tenPages);
  const late = { page: 4, url: `${origin}/4`, expiresAt: new Date(Date.now() - 1).toISOString() };
  await work(job(late));
  await readLog();
  expect(last).toMatchObject({ state: 'ok', nextPage: `${origin}/4`, reachedEnd: false });
});

it('asks for changes alone once all is known, and is done when there are none', async () => {
  const validators = { etag: '"v1"' };
  await work(job(), async (url) => ({ ...(await tenPages(url)), validators }));
  expect(last).toMatchObject(validators);
  fetched.length = 0;
  await work(job({ runId: 'run-2' }), async () => undefined);
  expect(asked.at(-1)).toEqual(validators);
  expect(fetched).toEqual([`${origin}/1`]);
  expect(statuses).toEqual(['ok', 'not-modified']);
});

it('asks for whole pages while a run is unfinished', async () => {
  const withTag = async (url: string) => ({
    ...(await tenPages(url)),
    validators: { etag: '"v1"' },
  });
  await work(job(), withTag, { maxPages: 3 });
  await work(job({ runId: 'run-2' }), withTag, { maxPages: 3 });
  expect(asked.every(({ etag }) => etag === undefined)).toBe(true);
});

it('leaves a host alone that said until when', async () => {
  const blockedUntil = new Date(Date.now() + 3_600_000);
  const third = job({ page: 3, url: `${origin}/3` });
  await work(third, async () => {
    throw new FetchError('answered 429', { isBlocked: true, blockedUntil });
  });
  expect(last).toMatchObject({
    state: 'blocked',
    blockedUntil: blockedUntil.toISOString(),
    nextPage: `${origin}/3`,
  });
  fetched.length = 0;
  await work(job({ runId: 'run-2' }), tenPages);
  expect(fetched).toEqual([]);
  expect(statuses).toEqual(['blocked']);
});

it('says that a source is failing when three runs were, and that it is well after the next', async () => {
  await work(job());
  const gone = async () => {
    throw new FetchError('answered 404');
  };
  for (const runId of ['run-2', 'run-2', 'run-2', 'run-3']) await work(job({ runId }), gone);
  expect(statuses).toEqual(['ok', 'ok', 'ok']);
  expect(last).toMatchObject({ detail: 'answered 404 (2 of 3 runs)', failedRuns: 2 });
  await work(job({ runId: 'run-4' }), gone);
  expect(statuses).toEqual(['ok', 'ok', 'ok', 'failing']);
  expect(last).toMatchObject({ detail: 'answered 404 (3 of 3 runs)', failedRuns: 3 });
  await work(job({ runId: 'run-5' }));
  expect(last).toMatchObject({ state: 'ok', failedRuns: 0 });
});

it('says that a source is broken whose page has no quotes any more, until it has', async () => {
  await work(job());
  await work(job({ runId: 'run-2' }), async (url) => ({
    url,
    contentType: 'text/html',
    body: Buffer.from('<div>new markup</div>'),
    validators: { etag: '"v2"' },
  }));
  expect(last).toMatchObject({ state: 'broken' });
  await work(job({ runId: 'run-3' }));
  expect(asked.at(-1)).toEqual({});
  expect(last).toMatchObject({ state: 'ok' });
});

it.for([1, 3])('is done with page %d when it cannot be read, and says why', async (page) => {
  const unreadable = new ExtractError(`${origin}/${page} nests too deep`, { code: 'too-deep' });
  extract = async (read, options) => {
    if (read.url === `${origin}/${page}`) throw unreadable;
    return extractQuotes(read, options);
  };
  await work(job(), tenPages);
  expect(fetched).toHaveLength(page);
  expect(last).toMatchObject({ state: 'broken', detail: unreadable.message });
  await work(job({ runId: 'run-2' }), async (url) => ({
    ...(await tenPages(url)),
    url: `${url}/mended`,
  }));
  expect(last).toMatchObject({ state: 'ok', reachedEnd: true });
});

it('wants a page again whose thread was ended, and says nothing of its source', async () => {
  const crashed = new ExtractError('the thread is gone', { code: 'crashed' });
  extract = () => Promise.reject(crashed);
  await expect(work(job())).rejects.toBe(crashed);
  await readLog();
  expect(statuses).toEqual([]);
});

it('publishes no quote of a page whose bytes mean nothing, and says that it is broken', async () => {
  const body = Buffer.concat([
    Buffer.from('<p>one</p><p>caf'),
    Buffer.from([0xe9]),
    Buffer.from('</p>'),
  ]);
  await work(job(), async (url) => ({ url, contentType: 'text/html; charset=utf-8', body }));
  expect(texts).toEqual(['one']);
  expect(last).toMatchObject({ state: 'broken' });
  expect(last?.detail).toContain('charset');
});

it('picks one quote a run where that is wanted, until there is none', async () => {
  const random = { mode: 'random' } as const;
  for (let run = 1; run <= 2 * PAGES; run += 1) {
    await work(job({ runId: `run-${run}` }), undefined, random);
    expect(texts).toHaveLength(run);
  }
  expect(new Set(texts).size).toBe(2 * PAGES);
  await work(job({ runId: 'run-x' }), undefined, random);
  expect(texts).toHaveLength(2 * PAGES);
  expect(last).toMatchObject({ state: 'exhausted' });
});

it('picks no second quote when the job is done again', async () => {
  await work(job(), undefined, { mode: 'random' });
  await work(job(), undefined, { mode: 'random' });
  expect(texts).toHaveLength(1);
});

it('keeps what it tells of a source small', async () => {
  const long = 'x'.repeat(900);
  const unavailable = new FetchError(long.repeat(9), { isTemporary: true });
  const third = job({ page: 3, url: `${origin}/${long}` });
  await expect(work(third, () => Promise.reject(unavailable))).rejects.toBe(unavailable);
  await readLog();
  expect(last).toMatchObject({ nextPage: third.url });
  expect(JSON.stringify(last).length).toBeLessThan(3_000);
});
