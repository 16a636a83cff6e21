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
import type { Source } from '@quotewire/sources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FetchError, type FetchedPage } from '../src/fetch-page.ts';
import { onScrapeRequested } from '../src/on-scrape-requested.ts';
import { PublishedQuotes } from '../src/published-quotes.ts';
import { SourceStates } from '../src/source-states.ts';

const PAGES = 5;
const origin = 'https://example.org';
const source: Source = {
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
/** What a process learns from the log: a new one begins with this. */
let published: PublishedQuotes;
let states: SourceStates;

beforeEach(() => {
  bus = createMemoryBus({
    name: 'test',
    topology: topologyOf(),
    logger: createLogger({ name: 'test', level: 'silent' }),
  });
  [texts, statuses, fetched] = [[], [], []];
  published = new PublishedQuotes();
  states = new SourceStates({ bus, sources: [source] });
  bus.follow(quotesLog, ({ event }) => {
    if (event === undefined) return;
    if (event.type === quoteScraped.type) {
      texts.push(event.data.text);
      published.add(event.data);
    } else if (event.type === sourceStatus.type) {
      statuses.push(event.data.state);
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
  fetchPage = async (url: string) => pageOf(Number(url.split('/').at(-1))),
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
    sources: [source],
    published,
    states,
    fetchPage: (url) => {
      fetched.push(url);
      return fetchPage(url);
    },
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

it('reads no more pages in a run than its source allows', async () => {
  const bounded = onScrapeRequested({
    bus,
    sources: [{ ...source, maxPages: 2 }],
    published,
    states,
    fetchPage: async (url) => pageOf(Number(url.at(-1))),
  });
  await bounded({ id: 'job', data: job({ page: 2, url: `${origin}/2` }) } as EventOf<
    typeof scrapeRequested
  >);
  await readLog();
  expect(texts).toEqual(['quote 2 b', 'quote 2 a']);
  expect(states.reachedEnd('example')).toBe(false);
});
