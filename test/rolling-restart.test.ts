import { setTimeout as delay } from 'node:timers/promises';
import { eventually, freePorts } from '@quotewire/testing';
import { serveSite } from '@quotewire/testing/serve-site';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { startCaddy, startNginx } from './support/edge-proxies.ts';
import { openEventSources, readEventSources, type SeenStream } from './support/event-sources.ts';
import { connectPublisher, type Publisher } from './support/quote-stream.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

/**
 * A browser opens at most six connections to a host in each context, so that a context has six
 * streams. The full test, with 510 streams: ROLLING_RESTART_STREAMS=510 ROLLING_RESTART_DRAINS=0,10,20.
 */
const STREAMS_OF_A_CONTEXT = 30;
const STREAMS = Number(process.env.ROLLING_RESTART_STREAMS ?? 60);
const DRAINS = (process.env.ROLLING_RESTART_DRAINS ?? '0,2').split(',');
const TIMEOUT_MS = 300_000;
/** Between two quotes. */
const PACE_MS = 50;

describeWithBrowser('a rolling restart', () => {
  describeWithBroker('of two quote-streams and two clocks', (broker) => {
    let browser: Browser;
    let publisher: Publisher;
    let services: { name: string; port: number; process: ListeningProcess }[];
    const pages: Page[] = [];
    let env: Record<string, string>;
    let published = 0;
    let publishing: Promise<void> | undefined;
    const stopping = new AbortController();

    beforeAll(async () => {
      browser = await launchBrowser();
      publisher = connectPublisher(broker.url);
      const friend = await serveSite((_path, response) => void response.end());
      env = { AMQP_URL: broker.url, CORS_ORIGINS: friend.url, SSE_MAX_PER_ADDRESS: '2000' };
      const ports = await freePorts(4);
      const names = ['quote-stream', 'quote-stream', 'clock', 'clock'];
      services = await Promise.all(
        names.map(async (name, index) => {
          const port = ports[index] ?? 0;
          return { name, port, process: await start(name, port) };
        }),
      );
      const upstreams = [
        { path: '/clockEvent', ports: ports.slice(2) },
        { path: '/', ports: ports.slice(0, 2) },
      ];
      const edges = [await startNginx(upstreams), await startCaddy(upstreams)];
      const [a = '', b = '', c = '', d = ''] = services.map(({ process }) => process.url);
      const quotes = ['/quoteEvent', '/quoteEvent', '/quoteEvent?tag=even'];
      const clocks = ['/clockEvent', '/clockEvent', '/clockEvent', '/clockEvent?events=est'];
      const shared = [...quotes, '/clockEvent', '/clockEvent?events=est,pdt'];
      const kinds = [
        ...[a, b].map((url) => ({ page: `${url}/livez`, paths: quotes })),
        ...[c, d].map((url) => ({ page: `${url}/livez`, paths: [...clocks, '/clockEvent'] })),
        {
          page: friend.url,
          paths: [a, b].flatMap((url) => quotes.slice(1).map((path) => url + path)),
        },
        ...edges
          .filter((url) => url !== undefined)
          .map((url) => ({ page: `${url}/livez`, paths: shared })),
      ];
      for (let count = 0; count < STREAMS; count += STREAMS_OF_A_CONTEXT) {
        const context = await browser.newContext();
        for (const kind of kinds) {
          const page = await context.newPage();
          await page.goto(kind.page);
          await openEventSources(page, kind.paths);
          pages.push(page);
        }
      }
      publishing = publish();
    }, TIMEOUT_MS);
    afterAll(async () => {
      stopping.abort();
      await publishing;
      await Promise.all([browser?.close(), publisher?.close()]);
    });

    /** Publishes numbered quotes one by one until it is stopped. */
    async function publish(): Promise<void> {
      while (!stopping.signal.aborted) {
        published += 1;
        await publisher.publish([published], { tags: [published % 2 === 0 ? 'even' : 'odd'] });
        await delay(PACE_MS);
      }
    }

    async function start(name: string, port: number, drainSeconds = DRAINS[0] ?? '') {
      const started = await startProcess(name, {
        env: { ...env, PORT: String(port), DRAIN_SECONDS: drainSeconds },
      });
      await eventually(async () => (await fetch(`${started.url}/readyz`)).ok, {
        what: `${name} is ready`,
      });
      return started;
    }

    /** Restarts all with a setting for the next time, half of them at a time; resolves with their exit codes. */
    async function restart(drainSeconds?: string): Promise<(number | null)[]> {
      const exitCodes = [];
      for (const half of [0, 1]) {
        // one quote-stream and one clock, and then the others
        const some = services.filter((_service, index) => index % 2 === half);
        exitCodes.push(
          ...(await Promise.all(
            some.map(async (service) => {
              const exitCode = await service.process.terminate();
              service.process = await start(service.name, service.port, drainSeconds);
              return exitCode;
            }),
          )),
        );
      }
      return exitCodes;
    }

    const readAll = async () => (await Promise.all(pages.map(readEventSources))).flat();
    const isOfQuotes = ({ url }: SeenStream) => url.includes('quoteEvent');
    /** Resolves once every stream is open and has seen something that's new. */
    async function allRead(): Promise<SeenStream[]> {
      const after = published;
      const clockAfter = Math.floor(Date.now() / 1_000) * 3;
      const isCurrent = (stream: SeenStream) =>
        (stream.seen.at(-1) ?? 0) > (isOfQuotes(stream) ? after : clockAfter) && stream.isOpen;
      await eventually(
        async () => {
          const streams = await readAll();
          return streams.every((stream) => isCurrent(stream) || stream.isClosed);
        },
        { what: 'every stream receives the new quotes', timeoutMs: 60_000 },
      );
      return readAll();
    }

    /** Returns the next expected number of a stream. */
    function stepOf({ url }: SeenStream): (number: number) => number {
      if (url.includes('tag=even')) return (number) => number + 2;
      if (url.endsWith('events=est')) return (number) => number + 3;
      // the second and the third of each three
      if (url.endsWith('events=est,pdt')) return (number) => number + (number % 3 === 1 ? 1 : 2);
      return (number) => number + 1;
    }

    it.for(DRAINS)(
      'closes no EventSource for good, and each receives every event once, with DRAIN_SECONDS=%s',
      { timeout: TIMEOUT_MS },
      async (drainSeconds) => {
        await allRead();
        const next = DRAINS[DRAINS.indexOf(drainSeconds) + 1];
        expect(await restart(next)).toEqual([0, 0, 0, 0]);
        const streams = await allRead();
        const closed = streams.filter(({ isClosed }) => isClosed).map(({ url }) => url);
        const faults = { missing: 0, doubled: 0, gaps: 0 };
        let events = 0;
        for (const stream of streams) {
          const { seen, gaps } = stream;
          events += seen.length;
          faults.gaps += gaps.length;
          const after = stepOf(stream);
          for (const [index, number] of seen.slice(1).entries()) {
            const expected = after(seen[index] ?? 0);
            if (number > expected) faults.missing += 1;
            if (number < expected) faults.doubled += 1;
          }
        }
        const summary = { drainSeconds, streams: streams.length, events, closed, ...faults };
        if (process.env.ROLLING_RESTART_STREAMS)
          process.stderr.write(`${JSON.stringify(summary)}\n`);
        expect({ closed, ...faults }).toEqual({ closed: [], missing: 0, doubled: 0, gaps: 0 });
      },
    );
  });
});
