import { createMemoryBus, type MemoryBus } from '@quotewire/bus';
import {
  type Quote,
  quoteId,
  quoteScraped,
  quotesLog,
  sourcesSnapshot,
  sourceStatus,
  topologyOf,
} from '@quotewire/events';
import { type App, createMetrics, createLogger } from '@quotewire/service';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildQuoteStreamApp, logOrigin } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';

const logger = createLogger({ name: 'test', level: 'silent' });
let bus: MemoryBus;
let app: App;

const quote = (text: string): Quote => ({
  id: quoteId({ text, author: 'A' }),
  text,
  author: 'A',
  tags: [],
  source: 'example',
  url: 'https://example.org/',
  scrapedAt: '2026-01-01T00:00:00.000Z',
});

async function start(...quotes: Quote[]): Promise<void> {
  for (const quote of quotes) await bus.publish(quoteScraped, quote);
  await app.listen({ port: 0, host: '127.0.0.1' });
  await bus.follow(quotesLog, () => {}).caughtUp;
}

async function publish(...texts: string[]): Promise<void> {
  for (const text of texts) await bus.publish(quoteScraped, { ...quote(text), runId: 'run-1' });
  await bus.follow(quotesLog, () => {}).caughtUp;
}

const list = async (query = '') => (await app.inject(`/quotes${query}`)).json();
const textsOf = ({ quotes }: { quotes: Quote[] }) => quotes.map(({ text }) => text);

beforeEach(async () => {
  bus = createMemoryBus({ name: 'test', topology: topologyOf(), logger });
  const config = loadConfig({ DRAIN_SECONDS: '0' });
  app = await buildQuoteStreamApp({
    config,
    origin: logOrigin(bus, { newest: config.historyStartEntries }),
    logger,
    metrics: createMetrics(),
  });
});
afterEach(async () => {
  await app.close();
  await bus.close();
});

it('is not ready and refuses browsers until its history is filled', async () => {
  expect((await app.inject('/readyz')).statusCode).toBe(503);
  const refused = await app.inject('/quoteEvent');
  expect(refused.statusCode).toBe(200);
  expect(refused.headers['content-type']).toBe('text/event-stream');
  expect(refused.body).toMatch(/^retry: \d{4}\n\n$/);
  for (const path of ['/quotes', '/quotes.atom', '/quotes.json', '/quotes/some-id', '/']) {
    const list = await app.inject(path);
    expect([path, list.statusCode, list.headers['retry-after']]).toEqual([path, 503, '1']);
  }
  const page = await app.inject({ url: '/', headers: { accept: 'text/html' } });
  expect([page.statusCode, page.headers['content-type']]).toEqual([
    503,
    'text/html; charset=utf-8',
  ]);
});

it('answers HEAD at once', async () => {
  const head = await app.inject({ method: 'HEAD', url: '/quoteEvent' });
  expect(head.statusCode).toBe(200);
  expect(head.headers['content-type']).toBe('text/event-stream');
});

it('lists the quotes that the log held before the start, newest first', async () => {
  await publish('one', 'two', 'three');
  await app.listen({ port: 0, host: '127.0.0.1' });
  await bus.follow(quotesLog, () => {}).caughtUp;
  const { quotes, cursor } = await list('?limit=2');
  expect(quotes).toEqual([quote('three'), quote('two')]);
  expect(cursor).toMatch(/^\d+-[0-9a-f]{12}$/);
  expect((await app.inject('/readyz')).statusCode).toBe(200);
});

it('includes the title, link, date and picture of a quote in streams and lists', async () => {
  const optional = {
    title: 'Title',
    link: 'https://example.org/1',
    publishedAt: '2026-01-01T00:00:00.000Z',
    image: 'https://example.org/1.png',
  };
  await bus.publish(quoteScraped, { ...quote('one'), ...optional });
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  await bus.follow(quotesLog, () => {}).caughtUp;
  expect((await list()).quotes).toEqual([{ ...quote('one'), ...optional }]);
  const stream = await fetch(`${address}/quoteEvent?limit=10`);
  let text = '';
  for await (const chunk of stream.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (/"image".*\n/.test(text)) break;
  }
  const [, data = ''] = /^data: ?(.*"image".*)$/m.exec(text) ?? [];
  expect(JSON.parse(data)).toEqual({ ...quote('one'), ...optional });
});

it('lists the quotes older than a given one', async () => {
  await publish('one', 'two', 'three');
  await app.listen({ port: 0, host: '127.0.0.1' });
  await bus.follow(quotesLog, () => {}).caughtUp;
  expect(textsOf(await list(`?before=${quote('three').id}`))).toEqual(['two', 'one']);
  expect(textsOf(await list(`?before=${quote('one').id}`))).toEqual([]);
});

it('lists a quote once although the log repeats it', async () => {
  await publish('one', 'two', 'one');
  await app.listen({ port: 0, host: '127.0.0.1' });
  await bus.follow(quotesLog, () => {}).caughtUp;
  expect(textsOf(await list())).toEqual(['two', 'one']);
});

it('lists the state of each source', async () => {
  const status = {
    source: 'example',
    state: 'ok' as const,
    since: '2026-01-01T00:00:00.000Z',
    detail: 'Fine.',
  };
  await bus.publish(sourceStatus, { ...status, reachedEnd: true });
  await app.listen({ port: 0, host: '127.0.0.1' });
  await bus.follow(quotesLog, () => {}).caughtUp;
  expect((await list()).sources).toEqual([status]);
});

it('begins with the newest entries, and reads source states from a snapshot among them', async () => {
  const status = {
    source: 'example',
    state: 'ok' as const,
    since: '2026-01-01T00:00:00.000Z',
    detail: 'Fine.',
  };
  await app.close();
  const config = loadConfig({ DRAIN_SECONDS: '0', HISTORY_START_ENTRIES: '10' });
  app = await buildQuoteStreamApp({
    config,
    origin: logOrigin(bus, { newest: config.historyStartEntries }),
    logger,
    metrics: createMetrics(),
  });
  await publish(...Array.from({ length: 50 }, (_, index) => `old ${index}`));
  await bus.publish(sourcesSnapshot, {
    sources: [{ ...status, reachedEnd: true, at: status.since }],
  });
  await publish('new');
  await app.listen({ port: 0, host: '127.0.0.1' });
  await bus.follow(quotesLog, () => {}).caughtUp;
  const listed = await list();
  expect(listed.sources).toEqual([status]);
  expect(textsOf(listed)[0]).toBe('new');
  expect(textsOf(listed)).not.toContain('old 0');
});

it.for(['2026-01-01T00:00:00.000Z', '2999-01-01T00:00:00.000Z'])(
  'keeps the later state of a source over an older one in a snapshot, by a clock at %s',
  async (at) => {
    await app.listen({ port: 0, host: '127.0.0.1' });
    const status = { source: 'example', state: 'ok' as const, since: '', detail: 'Fine.' };
    await bus.publish(sourceStatus, status);
    const old = { ...status, state: 'failing' as const, at };
    await bus.publish(sourcesSnapshot, { sources: [old] });
    await bus.follow(quotesLog, () => {}).caughtUp;
    expect((await list()).sources).toEqual([status]);
  },
);

it('hides snapshots from browsers, and accepts their cursors', async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  await publish('one');
  const { cursor } = await list();
  const status = { source: 'example', state: 'ok' as const, since: '', detail: 'Fine.' };
  await bus.publish(sourcesSnapshot, { sources: [{ ...status, at: '2026-01-01T00:00:00.000Z' }] });
  await publish('two');
  const closing = new AbortController();
  const { body } = await fetch(`${app.listeningOrigin}/quoteEvent?lastEventId=${cursor}`, {
    signal: closing.signal,
  });
  const reader = (body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let text = '';
  while (!text.includes('two')) text += (await reader.read()).value ?? '';
  closing.abort();
  expect(text).not.toMatch(/event: (gap|sourceStatus)/);
});

it.for<[string, string[]]>([
  ['source=b', ['three']],
  ['source=b&source=A', ['four', 'three', 'two', 'one']],
  ['author=jane%20austen', ['three', 'one']],
  ['author=Jane%20Austen&source=a', ['one']],
  ['tag=books', ['two']],
  ['tag=books&tag=LOVE', ['two', 'one']],
  ['q=gide', ['four', 'two']],
  ['q=GIDE%20books', ['two']],
  ['q=zo%C3%AB', ['four']],
  ['q=', ['four', 'three', 'two', 'one']],
  ['q=nowhere', []],
])('lists only what passes ?%s', async ([query, texts]) => {
  await start(
    { ...quote('one'), author: 'Jane Austen', tags: ['Love'], source: 'a' },
    { ...quote('two'), author: 'André Gide', tags: ['ＢＯＯＫＳ'], source: 'a' },
    { ...quote('three'), author: 'JANE AUSTEN', source: 'b' },
    { ...quote('four'), author: 'Gide', tags: ['Zoe\u0308'], source: 'a' },
  );
  const listed = await list(`?${query}`);
  expect(textsOf(listed)).toEqual(texts);
  expect(listed.before).toBeNull();
});

it('filters the states of the sources by source', async () => {
  const status = { state: 'ok' as const, since: '2026-01-01T00:00:00.000Z', detail: 'Fine.' };
  for (const source of ['a', 'b']) await bus.publish(sourceStatus, { ...status, source });
  await start();
  const sourcesOf = ({ sources }: { sources: { source: string }[] }) =>
    sources.map(({ source }) => source);
  expect(sourcesOf(await list('?source=B'))).toEqual(['b']);
  expect(sourcesOf(await list('?author=x'))).toEqual(['a', 'b']);
});

it('says where the next page of a list begins', async () => {
  await start(...['one', 'two', 'three', 'four', 'five'].map((text) => quote(text)));
  const seen: string[] = [];
  for (let before = ''; ;) {
    const page = await list(`?limit=2${before}`);
    seen.push(...textsOf(page));
    if (page.before === null) break;
    before = `&before=${page.before}`;
  }
  expect(seen).toEqual(['five', 'four', 'three', 'two', 'one']);
});

it.for<[string, string]>([
  ['/quotes?tags=love', '"tags"; known: source, author, tag, q, limit, before'],
  ['/quoteEvent?tags=love', '"tags"; known: lastEventId, limit, source, author, tag'],
])('names the unknown parameter of %s', async ([url, message]) => {
  const refused = await app.inject(url);
  expect(refused.statusCode).toBe(400);
  expect(refused.json().message).toContain(message);
});

it.for([
  '?limit=0',
  '?limit=501',
  '?limit=x',
  '?before=nothing',
  `?tag=${'a&tag='.repeat(21)}`,
  '?tag=',
  `?${'tag=a&'.repeat(11)}${'author=a&'.repeat(10)}`,
  `?q=${'a'.repeat(201)}`,
])('refuses the list %s', async (query) => {
  expect((await app.inject(`/quotes${query}`)).statusCode).toBe(400);
});

it.for(['?limit=-1', '?limit=1001', '?limit=x'])(
  'refuses the stream %s before it starts',
  async (query) => {
    expect((await app.inject(`/quoteEvent${query}`)).statusCode).toBe(400);
  },
);

it('adds the publication time and trace to each frame for those who ask', async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  await bus.follow(quotesLog, () => {}).caughtUp;
  const cause = await bus.publish(sourceStatus, {
    source: 'example',
    state: 'ok',
    since: '2026-01-01T00:00:00.000Z',
    detail: '',
  });
  const { time, traceparent } = await bus.publish(
    quoteScraped,
    { ...quote('traced'), runId: 'run-1' },
    { cause },
  );
  await bus.follow(quotesLog, () => {}).caughtUp;
  const receive = async (query: string) => {
    const closing = new AbortController();
    const url = `${app.listeningOrigin}/quoteEvent?limit=1${query}`;
    const { body } = await fetch(url, { signal: closing.signal });
    const reader = (body as ReadableStream<Uint8Array>)
      .pipeThrough(new TextDecoderStream())
      .getReader();
    let text = '';
    while (!text.includes('traced')) text += (await reader.read()).value ?? '';
    closing.abort();
    return text;
  };
  const comment = `: time ${time} traceparent ${traceparent}\n`;
  const traced = await receive('&trace=1');
  expect(traced).toContain(`${comment}id: `);
  const afterPreamble = (text: string) => text.slice(text.indexOf('\n\nid: ') + 1);
  // the markers of `follow`, which have only a position
  const shown = traced.replaceAll(/id: \S+\nevent: hidden\ndata: {}\n\n/g, '');
  expect(afterPreamble(shown).replace(comment, '')).toBe(afterPreamble(await receive('')));
  expect((await app.inject('/quoteEvent?trace=2')).statusCode).toBe(400);
  expect(traceparent.split('-')[1]).toBe(cause.traceparent.split('-')[1]);
});
