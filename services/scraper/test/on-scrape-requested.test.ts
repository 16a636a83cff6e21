import { randomInt } from 'node:crypto';
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
  quoteId,
  scrapeQueue,
  scrapeRequested,
  sourceStatus,
  topologyOf,
} from '@quotewire/events';
import { ExtractError } from '@quotewire/extract';
import { extractQuotes } from '@quotewire/extract/extract-quotes';
import { type FetchedPage, FetchError, type Validators } from '@quotewire/fetch';
import type { SourceOf } from '@quotewire/sources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { onScrapeRequested } from '../src/on-scrape-requested.ts';
import { PublishedQuotes } from '../src/published-quotes.ts';
import type { ScrapeParts } from '../src/scrape.ts';
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
/** What was counted: name, labels and how many. */
let counts: string[];
let extract: ScrapeParts['extract'];
let pauseMs: number | undefined;
/** Whether the broker confirms the next quote and loses it. */
let losesNextQuote: boolean;
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
  [texts, statuses, fetched, asked, counts] = [[], [], [], [], []];
  [last, pauseMs, losesNextQuote] = [undefined, undefined, false];
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
  { isRepeat = false } = {},
) {
  // a process that starts with another entry has read the earlier one's state from the log
  const sources = [{ ...source, ...settings }];
  const before = states.of('example');
  states = new SourceStates({ bus, sources });
  if (before !== undefined) states.learn(before);
  const jobs = [first];
  const done: Job[] = [];
  const recording = {
    ...bus,
    publish: (async (type: never, data: never, options: never) => {
      if (type === (quoteScraped as unknown) && losesNextQuote) {
        losesNextQuote = false;
        return undefined;
      }
      if (type !== (scrapeRequested as unknown)) return bus.publish(type, data, options);
      jobs.push(data);
      return undefined;
    }) as unknown as MemoryBus['publish'],
  };
  const handle = onScrapeRequested({
    bus: recording,
    sourceNamed: (name) => sources.find((one) => one.name === name),
    refreshSources: async () => {},
    published,
    states,
    fetchPage: (url, { validators = {} }) => {
      fetched.push(url);
      asked.push(validators);
      return fetchPage(url);
    },
    pauseMsOf: () => pauseMs,
    extract,
    randomBelow: (end) => randomInt(end),
    count: (name, labels, by = 1) => counts.push([name, ...Object.values(labels), by].join(' ')),
  });
  for (let next = jobs.shift(); next !== undefined; next = jobs.shift()) {
    await handle({ id: 'job', data: next } as EventOf<typeof scrapeRequested>, { isRepeat });
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

it('fails when the broker loses a confirmed quote, and publishes the quote in the next attempt', async () => {
  published = new PublishedQuotes({ readDeadlineMs: 1_000 });
  losesNextQuote = true;
  await expect(work(job())).rejects.toThrow("the log hasn't delivered it");
  expect(texts).toEqual(['quote 1 a']);
  // another scraper, which takes its time
  published = new PublishedQuotes();
  published.add({ id: quoteId({ text: 'quote 1 a', author: '' }) });
  await work(job(), undefined, {}, { isRepeat: true });
  expect(texts.slice(0, 3)).toEqual(['quote 1 a', 'quote 1 b', 'quote 2 b']);
  expect(texts).toHaveLength(PAGES * 2);
});

it('publishes the first quote of a page last', async () => {
  await work(job());
  expect(texts.slice(0, 2)).toEqual(['quote 1 b', 'quote 1 a']);
});

it('stops at a page without new quotes once a run has reached the last page', async () => {
  await work(job());
  fetched.length = 0;
  await work(job({ runId: 'run-2' }));
  expect(fetched).toEqual([`${origin}/1`]);
  expect(texts).toHaveLength(PAGES * 2);
});

it('reads past pages without new quotes until a run has reached the last page', async () => {
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

it('continues with the next page after a crash between quotes and job', async () => {
  await work(job());
  // all quotes are known and a run was complete, but this run published these quotes
  fetched.length = 0;
  await work(job());
  expect(fetched).toHaveLength(PAGES);
  expect(texts).toHaveLength(PAGES * 2);
});

it('publishes no job of the next page if a quote fails to publish', async () => {
  await bus.close();
  await expect(work(job())).rejects.toBeInstanceOf(BusError);
  expect(fetched).toEqual([`${origin}/1`]);
});

it('skips an expired job', async () => {
  await work(job({ expiresAt: new Date(Date.now() - 1).toISOString() }));
  expect(fetched).toEqual([]);
});

it.for([
  ['of a source that it does not know', { source: 'nobody' }],
  ["on another site than its source's", { url: 'https://elsewhere.example/1' }],
  ['with an address that is none', { url: 'http://[' }],
] as const)('dead-letters a job %s', async ([, more]) => {
  await expect(work(job(more))).rejects.toMatchObject({ name: 'PermanentError' });
});

it('reports a page that fails for good, and acknowledges the job', async () => {
  await work(job(), async (url) => {
    throw new FetchError(`${url} answered 404`, { isTemporary: false });
  });
  await readLog();
  expect(statuses).toEqual(['failing']);
});

it('reports a page that fails temporarily, and retries the job', async () => {
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

it.for(cutsAtThree)('publishes all pages after a run %s at the third', async ([, error]) => {
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

it('recovers after a retry of a failed page', async () => {
  const unavailable = new FetchError('answered 503', { isTemporary: true });
  const third = job({ page: 3, url: `${origin}/3` });
  await expect(work(third, () => Promise.reject(unavailable))).rejects.toBe(unavailable);
  await readLog();
  expect(last).toMatchObject({ state: 'failing', nextPage: `${origin}/3`, failedRuns: 1 });
  await work(third, tenPages);
  expect(last).toMatchObject({ state: 'ok', failedRuns: 0, reachedEnd: true });
  expect(last).not.toHaveProperty('nextPage');
});

it('does not resume at a page whose retry succeeded', async () => {
  await work(job(), tenPages);
  const third = job({ runId: 'run-2', page: 3, url: `${origin}/3` });
  const unavailable = new FetchError('answered 503', { isTemporary: true });
  await expect(work(third, () => Promise.reject(unavailable))).rejects.toBe(unavailable);
  fetched.length = 0;
  await work(third, tenPages);
  expect(fetched).toEqual([3, 4, 5, 6, 7, 8, 9, 10].map((page) => `${origin}/${page}`));
});

it('reads at most maxPages in a run, and the next run resumes there', async () => {
  const bounded = { maxPages: 3 };
  await work(job(), tenPages, bounded);
  expect(fetched).toEqual([1, 2, 3].map((page) => `${origin}/${page}`));
  expect(last).toMatchObject({ state: 'ok', nextPage: `${origin}/4`, reachedEnd: false });
  // each run reads the first page, and then two or three later ones
  for (const runId of ['run-2', 'run-3', 'run-4', 'run-5'])
    await work(job({ runId }), tenPages, bounded);
  expect(last).toMatchObject({ state: 'ok', reachedEnd: true });
  expect(texts.toSorted()).toEqual(allOfTen.toSorted());
  expect(fetched.filter((url) => url.endsWith('/2'))).toHaveLength(1);
});

it('reads on with one page a run', async () => {
  for (let run = 1; run <= TEN; run += 1) {
    await work(job({ runId: `run-${run}` }), tenPages, { maxPages: 1 });
  }
  expect(texts.toSorted()).toEqual(allOfTen.toSorted());
});

it('reads every page, though each run has new quotes and reads one page', async () => {
  for (let run = 1; run <= TEN; run += 1) {
    const withNews = async (url: string): Promise<FetchedPage> => {
      const page = await tenPages(url);
      if (!url.endsWith('/1')) return page;
      return { ...page, body: Buffer.concat([Buffer.from(`<p>new ${run}</p>`), page.body]) };
    };
    await work(job({ runId: `run-${run}` }), withNews, { maxPages: 1 });
  }
  expect(texts).toEqual(expect.arrayContaining(allOfTen));
  expect(texts).toHaveLength(allOfTen.length + TEN);
});

it.for([1, 2])(
  'detects a last page that repeats for ever, with %d pages a run',
  async (maxPages) => {
    const numbered = { next: { url: '/{page}' }, maxPages };
    const clamped = (url: string) =>
      tenPages(`${origin}/${Math.min(TEN, Number(url.split('/').at(-1)))}`).then((page) => ({
        ...page,
        url,
      }));
    for (let run = 1; run <= TEN; run += 1) {
      await work(job({ runId: `run-${run}` }), clamped, numbered);
    }
    expect(last).toMatchObject({ state: 'ok', reachedEnd: true });
    expect(texts).toEqual(expect.arrayContaining(allOfTen));
  },
);

it('resumes at an expired page in the next run', async () => {
  await work(job(), tenPages);
  const late = { page: 4, url: `${origin}/4`, expiresAt: new Date(Date.now() - 1).toISOString() };
  await work(job(late));
  await readLog();
  expect(last).toMatchObject({ state: 'ok', nextPage: `${origin}/4`, reachedEnd: false });
});

it('sends validators once all pages are known, and ends an unchanged run', async () => {
  const validators = { etag: '"v1"' };
  await work(job(), async (url) => ({ ...(await tenPages(url)), validators }));
  expect(last).toMatchObject(validators);
  fetched.length = 0;
  await work(job({ runId: 'run-2' }), async () => undefined);
  expect(asked.at(-1)).toEqual(validators);
  expect(fetched).toEqual([`${origin}/1`]);
  expect(statuses).toEqual(['ok', 'not-modified']);
});

it('sends validators only for the first page', async () => {
  const validators = { etag: '"v1"' };
  await work(job(), async (url) => ({ ...(await tenPages(url)), validators }));
  asked.length = 0;
  await work(job({ runId: 'run-2' }), async (url) => {
    const page = await tenPages(url);
    return url.endsWith('/1')
      ? { ...page, body: Buffer.concat([Buffer.from('<p>new</p>'), page.body]) }
      : page;
  });
  expect(asked).toEqual([validators, {}]);
});

it('sends no validators after a page was broken', async () => {
  const withTag = async (url: string) => ({
    ...(await tenPages(url)),
    validators: { etag: '"v"' },
  });
  const wanting = { expect: { minItems: 3 } };
  await work(job(), withTag, wanting);
  expect(last).toMatchObject({ state: 'broken', reachedEnd: true });
  const refusal = new FetchError('not allowed', { isBlocked: true });
  await work(job({ runId: 'run-2' }), () => Promise.reject(refusal), wanting);
  expect(last).toMatchObject({ state: 'blocked' });
  await work(job({ runId: 'run-3' }), withTag, wanting);
  expect(asked.at(-1)).toEqual({});
});

it('counts dropped items by reason, and known quotes', async () => {
  const body = Buffer.from('<p>one</p><p>…</p><p>one</p>');
  const only = async () => ({ ...pageOf(PAGES), body });
  await work(job(), only);
  expect(counts.filter((line) => !line.startsWith('item_scraped'))).toEqual([
    'item_dropped_count_total example 1',
    'item_dropped_reasons_count_total no text 1',
    'item_dropped_count_total example 1',
    'item_dropped_reasons_count_total twice on the page 1',
  ]);
  await work(job({ runId: 'run-2' }), only);
  expect(counts.filter((line) => line.startsWith('dupefilter'))).toEqual([
    'dupefilter_filtered_total example 1',
  ]);
});

it('sends no validators while a run is unfinished', async () => {
  const withTag = async (url: string) => ({
    ...(await tenPages(url)),
    validators: { etag: '"v1"' },
  });
  await work(job(), withTag, { maxPages: 3 });
  await work(job({ runId: 'run-2' }), withTag, { maxPages: 3 });
  expect(asked.every(({ etag }) => etag === undefined)).toBe(true);
});

it('sends no request to a blocked host', async () => {
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

it('reports failing after three failed runs, and ok after the next', async () => {
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

it('reports broken while the page has no quotes', async () => {
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

it.for([1, 3])(
  'acknowledges page %d if it cannot be parsed, and reports the reason',
  async (page) => {
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
  },
);

it('retries a page whose worker crashed, and reports nothing', async () => {
  const crashed = new ExtractError('the worker exited', { code: 'crashed' });
  extract = () => Promise.reject(crashed);
  await expect(work(job())).rejects.toBe(crashed);
  await readLog();
  expect(statuses).toEqual([]);
});

it('publishes no undecodable quote, and reports the page as broken', async () => {
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

it('picks one quote a run in random mode, until all are published', async () => {
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

it('picks no second quote when the job is redelivered', async () => {
  await work(job(), undefined, { mode: 'random' });
  await work(job(), undefined, { mode: 'random' });
  expect(texts).toHaveLength(1);
});

it('truncates the published state of a source', async () => {
  const long = 'x'.repeat(900);
  const unavailable = new FetchError(long.repeat(9), { isTemporary: true });
  const third = job({ page: 3, url: `${origin}/${long}` });
  await expect(work(third, () => Promise.reject(unavailable))).rejects.toBe(unavailable);
  await readLog();
  expect(last).toMatchObject({ nextPage: third.url });
  expect(JSON.stringify(last).length).toBeLessThan(3_000);
});

it('reads all pages of a source whose entry has changed', async () => {
  await work(job(), tenPages, { next: 'b.next' });
  expect(texts).toHaveLength(2);
  expect(last).toMatchObject({ reachedEnd: true });
  await work(job({ runId: 'run-2' }), tenPages);
  expect(texts.toSorted()).toEqual(allOfTen.toSorted());
});

it('sends no validators of another page or an earlier entry', async () => {
  const withTag = async (url: string) => ({
    ...(await tenPages(url)),
    validators: { etag: '"v"' },
  });
  await work(job(), withTag);
  await work(job({ runId: 'run-2' }), withTag, { item: 'p:first-child' });
  expect(asked.every(({ etag }) => etag === undefined)).toBe(true);
  await work(job({ runId: 'run-3' }), withTag, { item: 'p:first-child' });
  expect(asked.at(-1)).toEqual({ etag: '"v"' });
});

it('skips the jobs of a run that began with an earlier entry', async () => {
  const [, second] = await work(job(), tenPages);
  fetched.length = 0;
  await work({ ...(second as Job), runId: 'run-2' }, tenPages, { item: 'li' });
  expect(fetched).toEqual([]);
});

it.for([404, 410])('ends numbered pages at a %d', async (status) => {
  const numbered = { next: { url: '/{page}' } };
  const sized = async (url: string) => {
    if (Number(url.split('/').at(-1)) > TEN) throw new FetchError(`answered ${status}`, { status });
    return tenPages(url);
  };
  await work(job(), sized, numbered);
  expect(last).toMatchObject({ state: 'ok', reachedEnd: true });
  expect(texts.toSorted()).toEqual(allOfTen.toSorted());
  fetched.length = 0;
  await work(job({ runId: 'run-2' }), sized, numbered);
  expect(fetched).toEqual([`${origin}/1`]);
});

it('reports a missing first page, and a broken link', async () => {
  const gone = async () => {
    throw new FetchError('answered 404', { status: 404 });
  };
  await work(job(), gone, { next: { url: '/{page}' } });
  expect(last).toMatchObject({ state: 'failing' });
  const second = async (url: string) => (url.endsWith('/2') ? gone() : tenPages(url));
  for (const runId of ['run-2', 'run-3', 'run-4']) await work(job({ runId }), second);
  expect(last).toMatchObject({ state: 'failing', reachedEnd: false });
});

it('ends a run whose pages form a cycle', async () => {
  const circle = async (url: string) => {
    const number = Number(url.split('/').at(-1));
    const body = `<p>quote ${number}</p><a href="/${(number % 3) + 1}">next</a>`;
    return { url, contentType: 'text/html', body: Buffer.from(body) };
  };
  await work(job(), circle);
  expect(fetched).toEqual([1, 2, 3].map((page) => `${origin}/${page}`));
  expect(last).toMatchObject({ state: 'ok', reachedEnd: true });
});

it('ends a run at pages that repeat the last page', async () => {
  const clamped = (url: string) =>
    tenPages(`${origin}/${Math.min(3, Number(url.split('/').at(-1)))}`);
  await work(job(), async (url) => ({ ...(await clamped(url)), url }), {
    next: { url: '/{page}' },
  });
  expect(fetched).toEqual([1, 2, 3, 4, 3].map((page) => `${origin}/${page}`));
  expect(last).toMatchObject({ state: 'ok', reachedEnd: true });
});

it('reads past a page whose quotes another source has published', async () => {
  const grown = (by: number) => async (url: string) => {
    const page = await tenPages(url);
    const number = Number(url.split('/').at(-1));
    const added = number <= by ? `<p>new ${number}</p>` : '';
    return { ...page, body: Buffer.concat([Buffer.from(added), page.body]) };
  };
  const shifted = async (url: string) => {
    const number = Number(url.split('/').at(-1));
    if (number <= 2)
      return {
        ...(await grown(2)(url)),
        body: Buffer.from(`<p>new ${number}</p><a href="/${number + 1}">next</a>`),
      };
    const { body } = await tenPages(`${origin}/${number - 2}`);
    return {
      url,
      contentType: 'text/html',
      body: Buffer.from(body.toString().replace(/href="\/\d+"/, `href="/${number + 1}"`)),
    };
  };
  await work(job(), tenPages);
  // another source has published the quotes of the first of two new pages
  const [elsewhere] = extractQuotes(await shifted(`${origin}/1`), {
    source,
    scrapedAt: '2026-01-01T00:00:00.000Z',
  }).quotes;
  published.add({ id: elsewhere?.id ?? '', runId: 'of-another-source' });
  await work(job({ runId: 'run-2' }), shifted);
  expect(texts).toContain('new 2');
});

it('stores no validators of an unfinished run', async () => {
  const withTag = async (url: string) => ({
    ...(await tenPages(url)),
    validators: { etag: '"v"' },
  });
  await work(job(), withTag);
  const died = new Error('killed');
  await expect(
    work(job({ runId: 'run-2' }), async (url) => {
      if (url.endsWith('/2')) throw died;
      const page = await withTag(url);
      return {
        ...page,
        validators: { etag: '"v2"' },
        body: Buffer.concat([Buffer.from('<p>new</p>'), page.body]),
      };
    }),
  ).rejects.toBe(died);
  await work(job({ runId: 'run-3' }), withTag);
  expect(asked.at(-1)).toEqual({ etag: '"v"' });
});

it('reports a truncated page, and reads it again in the next run', async () => {
  const cut = async (url: string): Promise<FetchedPage> => {
    const page = await tenPages(url);
    if (!url.endsWith('/3')) return page;
    return { ...page, body: Buffer.from('<p>quote 3 a</p><p>quote 3 b</p><a hre') };
  };
  await work(job(), cut);
  expect(last).toMatchObject({ state: 'broken', nextPage: `${origin}/3`, reachedEnd: false });
  await work(job({ runId: 'run-2' }), tenPages);
  expect(last).toMatchObject({ state: 'ok', reachedEnd: true });
  expect(texts.toSorted()).toEqual(allOfTen.toSorted());
});

const withoutLink = async (url: string): Promise<FetchedPage> => {
  const { body, ...page } = await tenPages(url);
  return { ...page, body: Buffer.from(body.toString().replace('<a', '<b')) };
};

it('reports a missing link to the next page', async () => {
  await work(job(), tenPages);
  await work(job({ runId: 'run-2' }), withoutLink);
  expect(last).toMatchObject({ state: 'broken', reachedEnd: false });
  await work(job({ runId: 'run-3' }), tenPages);
  expect(last).toMatchObject({ state: 'ok', reachedEnd: true });
});

it('reports a missing link to the next page before any run has read all pages', async () => {
  await work(job(), tenPages, { maxPages: 3 });
  expect(last).toMatchObject({ state: 'ok', nextPage: `${origin}/4` });
  await work(job({ runId: 'run-2' }), withoutLink, { maxPages: 3 });
  expect(last).toMatchObject({ state: 'broken', reachedEnd: false });
});

it('reports a missing link to the next page after a run that failed at a later page', async () => {
  const unavailable = new FetchError('answered 503', { isTemporary: true });
  const failing = work(job(), async (url) => {
    if (url.endsWith('/3')) throw unavailable;
    return tenPages(url);
  });
  await expect(failing).rejects.toBe(unavailable);
  await work(job({ runId: 'run-2' }), withoutLink);
  expect(last).toMatchObject({ state: 'broken', reachedEnd: false });
});

it('reports a truncated page in random mode', async () => {
  const random = { mode: 'random' } as const;
  const cut = async (url: string): Promise<FetchedPage> => ({
    ...(await tenPages(url)),
    body: Buffer.from('<p>quote 1 a</p><p>quote 1 b</p><p>quote 1 c</p><a hre'),
  });
  await work(job(), tenPages, random);
  await work(job({ runId: 'run-2' }), cut, random);
  expect(last).toMatchObject({ state: 'broken', reachedEnd: false });
  expect(texts).toHaveLength(2);
});

it('reports a missing link in random mode', async () => {
  const random = { mode: 'random' } as const;
  await work(job(), tenPages, random);
  await work(job({ runId: 'run-2' }), withoutLink, random);
  expect(last).toMatchObject({ state: 'broken', reachedEnd: false });
});

it('reports a link that is too long, and publishes the quotes of the page', async () => {
  await work(job(), async (url) => ({
    url,
    contentType: 'text/html',
    body: Buffer.from(`<p>one</p><a href="/${'x'.repeat(70_000)}">next</a>`),
  }));
  expect(texts).toEqual(['one']);
  expect(last).toMatchObject({ state: 'broken', reachedEnd: false });
  expect(last?.detail).toContain('more than 2083 characters');
});

it('reports ok for a page without quotes if none are expected', async () => {
  const empty = async (url: string) => ({ url, contentType: 'text/html', body: Buffer.from('') });
  const none = { expect: { minItems: 0 } };
  await work(job(), empty, none);
  expect(last).toMatchObject({ state: 'ok', reachedEnd: true });
  const unavailable = new FetchError('answered 404', { status: 404 });
  for (const runId of ['run-2', 'run-3', 'run-4']) {
    await work(job({ runId }), () => Promise.reject(unavailable), none);
  }
  expect(last).toMatchObject({ state: 'failing' });
  await work(job({ runId: 'run-5' }), empty, none);
  expect(last).toMatchObject({ state: 'ok', failedRuns: 0 });
});

it('picks from all pages of a site with more than maxPages', async () => {
  const random = { mode: 'random', maxPages: 3 } as const;
  for (let run = 1; run <= 2 * TEN; run += 1) {
    await work(job({ runId: `run-${run}` }), tenPages, random);
    expect(last?.state).not.toBe('exhausted');
  }
  for (let run = 1; texts.length < 2 * TEN && run < 20; run += 1) {
    await work(job({ runId: `more-${run}` }), tenPages, random);
  }
  expect(new Set(texts).size).toBe(2 * TEN);
  for (let run = 1; run <= TEN; run += 1) {
    await work(job({ runId: `last-${run}` }), tenPages, random);
  }
  fetched.length = 0;
  await work(job({ runId: 'at-rest' }), tenPages, random);
  expect(last).toMatchObject({ state: 'exhausted' });
  expect(fetched).toEqual([`${origin}/1`]);
});

it('reads at most maxPages while it searches for a quote to pick', async () => {
  await work(job(), tenPages, { maxPages: 4 });
  const random = { mode: 'random', maxPages: 2 } as const;
  fetched.length = 0;
  await work(job({ runId: 'run-2' }), tenPages, random);
  expect(fetched).toEqual([1, 2].map((page) => `${origin}/${page}`));
  expect(last).toMatchObject({ state: 'ok', nextPage: `${origin}/3` });
});

it('skips the jobs of a disabled source', async () => {
  await work(job(), tenPages, { enabled: false });
  expect(fetched).toEqual([]);
});

it('backs off from a host after failed runs', async () => {
  const unavailable = new FetchError('answered 503', { isTemporary: true });
  const fail = () => Promise.reject(unavailable);
  for (const runId of ['run-1', 'run-2']) {
    await expect(work(job({ runId }), fail)).rejects.toBe(unavailable);
  }
  await work(job({ runId: 'run-3' }), fail);
  expect(last).toMatchObject({ state: 'failing', failedRuns: 3, retryAt: expect.any(String) });
  fetched.length = 0;
  await work(job({ runId: 'run-4' }), fail);
  expect(fetched).toEqual([]);
});

it('does not end a run at a page that it may have published before a crash', async () => {
  await work(job(), tenPages);
  published = new PublishedQuotes();
  for (const text of allOfTen) published.add({ id: quoteId({ text, author: '' }) });
  fetched.length = 0;
  await work(job(), tenPages, {}, { isRepeat: true });
  expect(fetched).toHaveLength(TEN);
});

it('postpones a job of a briefly blocked host, also after a restart', async () => {
  const busy = new FetchError('answered 429', { isTemporary: true, retryAfterMs: 30_000 });
  await expect(work(job(), () => Promise.reject(busy))).rejects.toBe(busy);
  await readLog();
  expect(last).toHaveProperty('blockedUntil');
  fetched.length = 0;
  await expect(work(job(), tenPages)).rejects.toMatchObject({ name: 'PostponeError' });
  expect(fetched).toEqual([]);
});

it('keeps a long pause between two pages across a restart', async () => {
  pauseMs = 30_000;
  await expect(work(job(), tenPages)).rejects.toMatchObject({ name: 'PostponeError' });
  expect(fetched).toEqual([`${origin}/1`]);
  expect(last).toHaveProperty('blockedUntil');
});

it('checks once whether a site has grown by a page between two requests, and continues to the last page', async () => {
  const shifted = async (url: string): Promise<FetchedPage> => {
    const number = Number(url.split('/').at(-1));
    if (fetched.length > TEN + 5) throw new Error('the run does not end');
    const by = fetched.length > 1 ? 1 : 0;
    if (number === 1 && by === 1) {
      const body = Buffer.from('<p>new a</p><p>new b</p><a href="/2">next</a>');
      return { url, contentType: 'text/html', body };
    }
    const { body } = await tenPages(`${origin}/${number - by}`);
    const link = `href="/${number + 1}"`;
    return {
      url,
      contentType: 'text/html',
      body: Buffer.from(body.toString().replace(/href="\/\d+"/, link)),
    };
  };
  await work(job(), shifted);
  const read = [1, 2, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  expect(fetched).toEqual(read.map((page) => `${origin}/${page}`));
  expect(texts.toSorted()).toEqual(['new a', 'new b', ...allOfTen].toSorted());
  expect(last).toMatchObject({ state: 'ok', reachedEnd: true });
});
