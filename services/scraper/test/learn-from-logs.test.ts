import { type Bus, createMemoryBus, type DataOf, type MemoryBus } from '@quotewire/bus';
import {
  decodeIds,
  encodeIds,
  MAX_BATCH_IDS,
  type PublishedBatch,
  publishedLock,
  publishedLog,
  quoteId,
  quotesLog,
  quoteScraped,
  quotesPublished,
  type sourcesSnapshot,
  sourceStatus,
  topologyOf,
} from '@quotewire/events';
import { createLogger } from '@quotewire/service';
import { identityOf, type Source } from '@quotewire/sources';
import { eventually } from '@quotewire/testing';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { learnFromLogs } from '../src/learn-from-logs.ts';
import { PublishedQuotes } from '../src/published-quotes.ts';
import { PublishedWriter } from '../src/published-writer.ts';
import { SourceStates } from '../src/source-states.ts';

const logger = createLogger({ name: 'test', level: 'silent' });
const source: Source = {
  name: 'example',
  enabled: true,
  url: 'https://example.org/1',
  item: 'p',
  fields: { text: ':scope' },
  maxPages: 20,
};

let bus: MemoryBus;
let started: { close(): Promise<void> }[];

beforeEach(() => {
  bus = busOf();
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((scraper) => scraper.close()));
  await bus.close();
});

function busOf(logMaxBytes?: number): MemoryBus {
  const topology = topologyOf(logMaxBytes === undefined ? {} : { logMaxBytes });
  return createMemoryBus({ name: 'test', topology, logger });
}

const idOf = (number: number) => quoteId({ text: `quote ${number}`, author: '' });

async function publishQuotes(first: number, count: number, to: Bus = bus): Promise<void> {
  for (let number = first; number < first + count; number += 1) {
    await to.publish(quoteScraped, {
      id: idOf(number),
      text: `quote ${number}`,
      author: '',
      tags: [],
      source: 'example',
      url: source.url,
      scrapedAt: '2026-01-01T00:00:00.000Z',
      runId: `run-${Math.floor(number / 100)}`,
    });
  }
}

/** Starts a scraper; resolves with what it has learnt, and how many entries it read. */
async function startScraper(onBus: Bus = bus, generation?: number) {
  let deliveries = 0;
  const counting: Bus = {
    ...onBus,
    follow: (log, handle, options) =>
      onBus.follow(
        log,
        (entry) => {
          deliveries += 1;
          handle(entry);
        },
        options,
      ),
  };
  const states = new SourceStates({ bus: counting, sources: [source] });
  const writer = new PublishedWriter({
    bus: counting,
    logger,
    publishStates: () => states.publishSnapshot(),
    sourceCount: () => states.size,
    jitterMs: 0,
  });
  const published = new PublishedQuotes({
    ...(generation === undefined ? {} : { generation }),
    onRefresh: (id) => writer.refresh(id),
  });
  const follower = learnFromLogs({ bus: counting, published, states, writer, logger });
  started.push(follower);
  await follower.caughtUp;
  const knows = (first: number, count: number) => {
    let known = 0;
    for (let number = first; number < first + count; number += 1) {
      if (published.has(idOf(number))) known += 1;
    }
    return known;
  };
  return {
    states,
    published,
    writer,
    knows,
    deliveries: () => deliveries,
    close: () => follower.close(),
  };
}

async function readBatches(from: Bus = bus): Promise<PublishedBatch[]> {
  const batches: PublishedBatch[] = [];
  const follower = from.follow(publishedLog, ({ event }) => {
    if (event !== undefined) batches.push(event.data);
  });
  await follower.caughtUp;
  await follower.close();
  return batches;
}

async function untilBatches(count: number): Promise<PublishedBatch[]> {
  return eventually(
    async () => {
      const batches = await readBatches();
      return batches.length >= count && batches;
    },
    { what: `${count} batches` },
  );
}

const report = (detail: string): Promise<unknown> =>
  bus.publish(sourceStatus, {
    source: 'example',
    state: 'ok',
    since: '2026-01-01T00:00:00.000Z',
    detail,
    entry: identityOf(source),
    reachedEnd: true,
  });

it('reads the whole log of quotes without batches, and then writes batches', async () => {
  await publishQuotes(0, 12_000);
  const scraper = await startScraper();
  expect(scraper.knows(0, 12_000)).toBe(12_000);
  const batches = await untilBatches(3);
  const ids = batches.flatMap(({ ids: text }) => decodeIds(text).byteLength / 16);
  expect(ids.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(6_000);
  expect(new Set(batches.map(({ epoch }) => epoch)).size).toBe(1);
});

it('reads few entries at the next start, and knows all quotes and states', async () => {
  await report('A run came to the last page.');
  await publishQuotes(0, 12_000);
  const first = await startScraper();
  await untilBatches(3);
  await first.close();
  const second = await startScraper();
  expect(second.knows(0, 12_000)).toBe(12_000);
  expect(second.deliveries()).toBeLessThan(2 * MAX_BATCH_IDS + 100);
  expect(second.states.of('example')).toMatchObject({ state: 'ok', reachedEnd: true });
  expect(second.states.newsAt('example')).toBe('2026-01-01T00:00:00.000Z');
});

it('writes a batch of quotes that are days old, so that the next start reads few entries of a quiet log', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3 * 86_400_000 });
  onTestFinished(() => void vi.useRealTimers());
  await report('A run came to the last page.');
  await publishQuotes(0, 1_000);
  vi.useRealTimers();
  await publishQuotes(1_000, 20);
  const first = await startScraper();
  await untilBatches(1);
  await first.close();
  const second = await startScraper();
  expect(second.knows(0, 1_020)).toBe(1_020);
  expect(second.deliveries()).toBeLessThan(50);
  expect(second.states.of('example')).toMatchObject({ state: 'ok', reachedEnd: true });
  expect(second.published.isNewsOf('run-10', idOf(1_010))).toBe(true);
});

it('knows the runs of the newest quotes after a start', async () => {
  await publishQuotes(0, 12_000);
  await (await startScraper()).close();
  const { published } = await startScraper();
  for (let number = 12_000 - MAX_BATCH_IDS; number < 12_000; number += 1) {
    const runId = `run-${Math.floor(number / 100)}`;
    expect(published.isNewsOf(runId, idOf(number))).toBe(true);
  }
});

it('continues to write batches while quotes arrive', async () => {
  const scraper = await startScraper();
  for (let round = 1; round <= 3; round += 1) {
    await publishQuotes(round * 5_000, 5_000);
    await untilBatches(2 * round - 1);
  }
  await scraper.close();
  const next = await startScraper();
  expect(next.knows(5_000, 15_000)).toBe(15_000);
  expect(next.deliveries()).toBeLessThan(2 * MAX_BATCH_IDS + 100);
});

it('knows quotes that fell out of the log of quotes', async () => {
  await bus.close();
  bus = busOf(4_000_000);
  const scraper = await startScraper();
  for (let first = 0; first < 20_000; first += 1_000) {
    await publishQuotes(first, 1_000);
    await eventually(() => scraper.deliveries() > first, { what: 'the quotes are read' });
  }
  await untilBatches(6);
  await scraper.close();
  const next = await startScraper();
  expect(next.knows(0, 20_000)).toBe(20_000);
});

it('lets one replica write at a time', async () => {
  let writing = 0;
  let most = 0;
  const watched: Bus = {
    ...bus,
    async publish(eventType, eventData, options) {
      if (eventType !== (quotesPublished as unknown)) {
        return bus.publish(eventType, eventData, options);
      }
      writing += 1;
      most = Math.max(most, writing);
      try {
        return await bus.publish(eventType, eventData, options);
      } finally {
        writing -= 1;
      }
    },
  };
  await publishQuotes(0, 20_000);
  const replicas = await Promise.all([1, 2, 3].map(() => startScraper(watched)));
  await untilBatches(7);
  await Promise.all(replicas.map((replica) => replica.close()));
  expect(most).toBe(1);
  expect((await startScraper()).knows(0, 20_000)).toBe(20_000);
});

it('waits while another replica holds the lock', async () => {
  const lock = await bus.tryLock(publishedLock);
  await publishQuotes(0, 6_000);
  await startScraper();
  expect(await readBatches()).toEqual([]);
  await lock?.release();
  await untilBatches(1);
});

it('publishes the states of all sources before the batches that follow', async () => {
  const order: string[] = [];
  const recording: Bus = {
    ...bus,
    publish: (eventType, eventData, options) => {
      order.push(eventType.routingKey);
      return bus.publish(eventType, eventData, options);
    },
  };
  await report('Fine.');
  await publishQuotes(0, 6_000);
  await startScraper(recording);
  await untilBatches(1);
  expect(order.slice(0, 2)).toEqual(['sources.snapshot', 'quotes.published']);
});

const upTo = { offset: 9_000_000, fingerprint: '0123456789ab' };

it('ignores batches of a replaced log', async () => {
  const ids = encodeIds([idOf(1), idOf(2)]);
  await bus.publish(quotesPublished, { epoch: 'before', ids, upTo });
  await publishQuotes(2, 6_000);
  const scraper = await startScraper();
  expect(scraper.knows(1, 1)).toBe(0);
  expect(scraper.knows(2, 6_000)).toBe(6_000);
  await untilBatches(2);
  await scraper.close();
  const next = await startScraper();
  expect(next.knows(1, 1)).toBe(0);
  expect(next.knows(2, 6_000)).toBe(6_000);
  expect(next.deliveries()).toBeLessThan(2 * MAX_BATCH_IDS + 100);
});

it('ignores batches of an earlier epoch', async () => {
  await bus.publish(quotesPublished, { epoch: 'one', ids: encodeIds([idOf(1)]), upTo });
  await bus.publish(quotesPublished, { epoch: 'two', ids: encodeIds([idOf(2)]), upTo });
  const { published, writer } = await startScraper({
    ...bus,
    // the batches still refer to this log
    follow: (log, handle, options) => bus.follow(log, handle, { ...options, after: undefined }),
  });
  expect(published.has(idOf(1))).toBe(false);
  expect(published.has(idOf(2))).toBe(true);
  expect(writer.upTo).toEqual(upTo);
});

it('skips a malformed batch', async () => {
  await publishQuotes(0, 6_000);
  const first = await startScraper();
  const [batch] = await untilBatches(1);
  await first.close();
  if (batch === undefined) throw new Error('there is no batch');
  await bus.publish(quotesPublished, { ...batch, ids: 'AAAA' });
  await bus.publish(quotesPublished, { ...batch, ids: encodeIds([idOf(7_000)]) });
  const scraper = await startScraper();
  expect(scraper.knows(0, 6_000)).toBe(6_000);
  expect(scraper.knows(7_000, 1)).toBe(1);
});

it('rewrites an old id that is still found', async () => {
  await publishQuotes(0, 20_000);
  const scraper = await startScraper(bus, 1_000);
  const before = await untilBatches(7);
  // the first of 30 generations of 1,000 ids are in the older half
  expect(scraper.knows(0, 4_000)).toBe(4_000);
  const batches = await untilBatches(before.length + 1);
  expect(batches[0]?.ids.slice(0, 1_000)).toBe(batches.at(-1)?.ids.slice(0, 1_000));
  expect(batches.at(-1)?.upTo).toEqual(batches.at(-2)?.upTo);
});

it('never replaces a status by an older one from a snapshot, whatever its clock', async () => {
  const states = new SourceStates({ bus, sources: [source] });
  const old: DataOf<typeof sourcesSnapshot>['sources'][number] = {
    source: 'example',
    state: 'failing',
    since: '2026-01-01T00:00:00.000Z',
    detail: 'Old.',
    at: '2026-01-01T00:00:00.000Z',
  };
  const { at: _, ...known } = { ...old, state: 'ok' as const, detail: 'New.' };
  states.learn(known, '2026-01-01T00:01:00.000Z');
  states.learnSnapshot([old], '2026-01-01T00:02:00.000Z');
  expect(states.of('example')).toMatchObject({ state: 'ok', detail: 'New.' });
  const ahead = { ...old, at: '2026-06-01T00:00:00.000Z' };
  states.learnSnapshot([ahead], '2026-06-01T00:01:00.000Z');
  expect(states.of('example')).toMatchObject({ state: 'ok', detail: 'New.' });
  // the log may have dropped a later state
  states.onGap();
  states.learnSnapshot([ahead], '2026-06-01T00:02:00.000Z');
  expect(states.of('example')).toMatchObject({ state: 'failing' });
});

it('follows the log of quotes from its oldest entry when the batches end before it', async () => {
  await bus.close();
  bus = busOf(4_000_000);
  const scraper = await startScraper();
  await publishQuotes(0, 5_100);
  const [batch] = await untilBatches(1);
  await scraper.close();
  await publishQuotes(10_000, 15_000);
  const next = await startScraper();
  expect(batch?.upTo.offset).toBeLessThan(5_100);
  expect(next.knows(0, MAX_BATCH_IDS - 1)).toBe(MAX_BATCH_IDS - 1);
  expect(next.knows(MAX_BATCH_IDS + 1, 2_000)).toBe(0);
  expect(next.knows(24_990, 10)).toBe(10);
});

it('writes its own marker to each log', () => {
  expect(publishedLog.marker.routingKey).not.toBe(quotesLog.marker.routingKey);
});
