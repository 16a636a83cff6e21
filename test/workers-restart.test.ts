import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@quotewire/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { openEventSources, readEventSources } from './support/event-sources.ts';
import { metricOf } from './support/metrics.ts';
import {
  connectPublisher,
  type Publisher,
  range,
  startQuoteStream,
} from './support/quote-stream.ts';
import type { ListeningProcess } from './support/start-process.ts';
import { workersOf } from './support/workers.ts';

const WORKERS = 3;
/** A browser opens at most six connections to a host in each context. */
const STREAMS_OF_A_CONTEXT = 6;
const CONTEXTS = 4;
/** Between two quotes. */
const PACE_MS = 50;

describeWithBrowser('the EventSources of browsers', () => {
  describeWithBroker('at a quote-stream with several workers', (broker) => {
    let browser: Browser;
    let publisher: Publisher;
    let quoteStream: ListeningProcess;
    const pages: Page[] = [];
    let published = 0;
    let publishing: Promise<void> | undefined;
    const stopping = new AbortController();

    beforeAll(async () => {
      browser = await launchBrowser();
      publisher = connectPublisher(broker.url);
      const env = { AMQP_URL: broker.url, WORKERS: String(WORKERS), DRAIN_SECONDS: '1' };
      quoteStream = await startQuoteStream(env);
      for (const _ of range(1, CONTEXTS)) {
        const page = await (await browser.newContext()).newPage();
        await page.goto(`${quoteStream.url}/livez`);
        await openEventSources(
          page,
          range(1, STREAMS_OF_A_CONTEXT).map(() => '/quoteEvent'),
        );
        pages.push(page);
      }
      publishing = publish();
      await readAll();
    });
    afterAll(async () => {
      stopping.abort();
      await publishing;
      await Promise.all([browser?.close(), publisher?.close()]);
    });

    /** Publishes numbered quotes one by one until it is stopped. */
    async function publish(): Promise<void> {
      while (!stopping.signal.aborted) {
        published += 1;
        await publisher.publish([published]);
        await delay(PACE_MS);
      }
    }

    /** Resolves with all streams once each has received something that's new, or is closed for good. */
    async function readAll() {
      const after = published;
      const read = async () => (await Promise.all(pages.map(readEventSources))).flat();
      await eventually(
        async () => {
          const streams = await read();
          return streams.every(({ seen, isClosed }) => isClosed || (seen.at(-1) ?? 0) > after);
        },
        { what: 'every stream receives the new quotes', timeoutMs: 60_000 },
      );
      return read();
    }

    async function expectAllExact(): Promise<void> {
      for (const { seen, gaps, isClosed } of await readAll()) {
        expect({ gaps, isClosed }).toEqual({ gaps: [], isClosed: false });
        expect(seen).toEqual(range(seen[0] ?? 0, seen.at(-1) ?? 0));
      }
    }

    it('resume at other workers when one is killed, and miss nothing', async () => {
      const [killed = 0] = workersOf(quoteStream);
      const before = await metricOf(quoteStream.url, 'sse_connections_total');
      process.kill(killed, 'SIGKILL');
      await expectAllExact();
      expect(await metricOf(quoteStream.url, 'sse_connections_total')).toBeGreaterThan(before);
      await eventually(async () => (await metricOf(quoteStream.url, 'workers_ready')) === WORKERS, {
        what: 'the worker is replaced',
      });
    });

    it('miss nothing in a restart of the workers on SIGUSR2, while every request is answered', async () => {
      const before = workersOf(quoteStream);
      process.kill(quoteStream.pid, 'SIGUSR2');
      const isOver = () => quoteStream.output.includes('the restart of the workers is over');
      const statuses = new Set<number>();
      while (!isOver()) {
        for (const path of ['/quotes', '/readyz', '/livez']) {
          const url = `${quoteStream.url}${path}`;
          statuses.add((await fetch(url, { headers: { connection: 'close' } })).status);
        }
      }
      expect([...statuses]).toEqual([200]);
      expect(before.filter((pid) => workersOf(quoteStream).includes(pid))).toEqual([]);
      await expectAllExact();
      expect(await metricOf(quoteStream.url, 'worker_exits_total{reason="restart"}')).toBe(WORKERS);
      expect(await metricOf(quoteStream.url, 'workers_ready')).toBe(WORKERS);
      // a worker that drains gets no new stream
      expect(await metricOf(quoteStream.url, 'sse_turned_away_total{reason="drain"}')).toBe(0);
    });
  });
});
