import { setTimeout as delay } from 'node:timers/promises';
import { quoteScraped, quotesLog, scrapeRequested } from '@quotewire/events';
import { eventually, startTcpProxy, type TcpProxy } from '@quotewire/testing';
import { serveSite } from '@quotewire/testing/serve-site';
import { toscrapeSource, writeSources } from '@quotewire/testing/write-sources';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { openStream, type StreamClient } from './support/open-stream.ts';
import {
  receives,
  connectPublisher,
  numbersOn,
  type Publisher,
  startQuoteStream,
} from './support/quote-stream.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

const STREAMS = 40;
/** Longer than Fastify's default timeout of a hook. */
const SLOW_MS = 15_000;

describeWithBroker('a quote-stream that receives SIGTERM', (broker) => {
  let publisher: Publisher;
  let quoteStream: ListeningProcess;
  const streams: StreamClient[] = [];

  beforeAll(async () => {
    quoteStream = await startQuoteStream({
      AMQP_URL: broker.url,
      DRAIN_SECONDS: '5',
      CORS_ORIGINS: 'http://friend.example',
    });
    publisher = connectPublisher(broker.url);
  });
  afterAll(() => publisher?.close());

  it('sends new quotes to open streams, refuses new streams, and exits after the last has ended', async () => {
    const url = `${quoteStream.url}/quoteEvent`;
    for (let index = 0; index < STREAMS; index += 1) {
      streams.push(await openStream(url, { headers: { connection: 'close' } }));
    }
    const ended = streams.map(async (stream) => stream.waitForEnd());
    let open = STREAMS;
    for (const end of ended) void end.then(() => (open -= 1));
    const exitCode = quoteStream.terminate();
    await eventually(
      async () => {
        const ready = await fetch(`${quoteStream.url}/readyz`);
        const { problems } = (await ready.json()) as { problems?: string[] };
        return ready.status === 503 && problems?.includes('closing');
      },
      { what: 'it reports that it is not ready' },
    );
    expect((await fetch(`${quoteStream.url}/livez`)).status).toBe(200);
    const ways = [
      { path: '' },
      { path: '?tag=life' },
      { path: '', headers: { origin: 'http://friend.example' } },
      // n.b. as a proxy's: over a connection that was used before
      { path: '', headers: { 'x-real-ip': '127.0.0.1' } },
    ];
    for (const { path, headers = {} } of ways) {
      const late = await openStream(url + path, { headers });
      await late.waitForEnd();
      expect(late.status).toBe(200);
      expect(late.retryMs).toBeGreaterThan(0);
    }
    expect((await fetch(`${quoteStream.url}/quotes`)).status).toBe(200);

    await Promise.any(ended);
    expect(open).toBeGreaterThan(0);
    await publisher.publish([1]);
    await Promise.all(ended);
    expect(await exitCode).toBe(0);
    // the last to be ended were open for long enough
    expect(streams.some((stream) => numbersOn(stream).includes(1))).toBe(true);
  });

  it('leaves each browser a cursor to resume from', async () => {
    quoteStream = await startQuoteStream({ AMQP_URL: broker.url, DRAIN_SECONDS: '0' });
    await publisher.publish([2]);
    for (const { events } of streams) {
      const cursor = events.findLast(({ id }) => id !== undefined)?.id ?? '';
      const stream = await openStream(`${quoteStream.url}/quoteEvent`, {
        headers: { 'last-event-id': cursor },
      });
      await receives(stream, 2);
      const all = [...numbersOn({ events }), ...numbersOn(stream)];
      expect(all).toEqual([1, 2]);
      await stream.close();
    }
  });
});

describeWithBroker('a scraper that receives SIGTERM while it fetches a page', (broker) => {
  let publisher: Publisher;
  let link: TcpProxy;
  /** Of all quotes in the log. */
  const texts: string[] = [];

  beforeAll(async () => {
    publisher = connectPublisher(broker.url);
    const reading = publisher.bus.follow(quotesLog, ({ event }) => {
      if (event?.type === quoteScraped.type) texts.push(event.data.text);
    });
    await reading.caughtUp;
    link = await startTcpProxy(broker.url);
  });
  afterAll(async () => {
    await publisher?.close();
    await link?.close();
  });

  /** Starts a scraper that fetches a page, which its site delays until `answer` is called. */
  async function startWithPageInHand(name: string) {
    const held = Promise.withResolvers<() => void>();
    const page = `<div class="quote"><span class="text">${name}</span><small class="author">A</small></div>`;
    const site = await serveSite((_path, response) => {
      const answer = () => response.writeHead(200, { 'content-type': 'text/html' }).end(page);
      if (site.requests.length === 1) held.resolve(answer);
      else answer();
    });
    const url = `${site.url}/`;
    const env = {
      AMQP_URL: link.url,
      SOURCES_FILE: writeSources([toscrapeSource({ name, url })]),
      FETCH_TIMEOUT_SECONDS: '25',
    };
    const scraper = await startProcess('scraper', { env });
    const expiresAt = new Date(Date.now() + 600_000).toISOString();
    const job = { source: name, runId: name, page: 1, url, expiresAt };
    await publisher.bus.publish(scrapeRequested, job);
    return { env, site, scraper, answer: await held.promise };
  }

  it('finishes the page, however slow its site is, and fetches it once', async () => {
    const { env, site, scraper, answer } = await startWithPageInHand('slow');
    const exitCode = scraper.terminate();
    await delay(SLOW_MS);
    answer();
    expect(await exitCode).toBe(0);
    await eventually(() => texts.length > 0, { what: 'its quote is in the log' });
    const next = await startProcess('scraper', { env });
    await eventually(async () => (await fetch(`${next.url}/readyz`)).ok, { what: 'it is ready' });
    expect(await next.terminate()).toBe(0);
    expect(texts).toEqual(['slow']);
    expect(site.requests).toEqual(['/']);
  });

  it('exits cleanly without a broker, and leaves the job to another scraper', async () => {
    const { env, scraper, answer } = await startWithPageInHand('left-behind');
    await link.cut();
    await eventually(async () => (await fetch(`${scraper.url}/readyz`)).status === 503, {
      what: 'it reports that the broker is unreachable',
    });
    const exitCode = scraper.terminate();
    answer();
    expect(await exitCode).toBe(0);
    await startProcess('scraper', { env: { ...env, AMQP_URL: broker.url } });
    await eventually(() => texts.includes('left-behind'), { what: 'another scraper does the job' });
  });
});
