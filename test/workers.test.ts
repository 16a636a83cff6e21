import { eventually, freePorts } from '@quotewire/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { metricOf } from './support/metrics.ts';
import { openStream, type StreamClient } from './support/open-stream.ts';
import {
  connectPublisher,
  numbersOn,
  type Publisher,
  range,
  receives,
  startQuoteStream,
} from './support/quote-stream.ts';
import { type ListeningProcess, spawnProcess } from './support/start-process.ts';
import { workersOf } from './support/workers.ts';

const WORKERS = 3;
const LIMIT = 12;
/** Answers that come over a connection of their own, so that each comes from another worker. */
const fetchFromEach = (url: string) =>
  Promise.all(range(1, WORKERS * 4).map(() => fetch(url, { headers: { connection: 'close' } })));

describeWithBroker('a quote-stream with several workers', (broker) => {
  let publisher: Publisher;
  let quoteStream: ListeningProcess;

  beforeAll(async () => {
    publisher = connectPublisher(broker.url);
    await publisher.publish(range(1, 5));
  });
  afterAll(() => publisher?.close());

  const start = (env: Record<string, string> = {}) =>
    startQuoteStream({
      AMQP_URL: broker.url,
      WORKERS: String(WORKERS),
      DRAIN_SECONDS: '0',
      ...env,
    });

  describe('that runs', () => {
    beforeAll(async () => {
      quoteStream = await start();
    });
    afterAll(() => quoteStream?.terminate());

    it('lists the same quotes at every worker', async () => {
      const answers = await fetchFromEach(`${quoteStream.url}/quotes`);
      const lists = await Promise.all(answers.map(async (answer) => answer.json()));
      const [{ quotes } = { quotes: [] }] = lists as { quotes: unknown[] }[];
      expect(quotes).toHaveLength(5);
      for (const list of lists) expect(list).toHaveProperty('quotes', quotes);
    });

    it('adds up its metrics, whichever worker is asked, and keeps those of a worker that ended', async () => {
      const streams = await openSeveral(quoteStream.url, 7);
      const read = async () => {
        const answers = await fetchFromEach(`${quoteStream.url}/metrics`);
        const texts = await Promise.all(answers.map((answer) => answer.text()));
        return texts.map((text) => text.match(/^sse_(?:clients_connected|connections_total) .*/gm));
      };
      const expected = ['sse_connections_total 7', 'sse_clients_connected 7'];
      expect(new Set((await read()).map(String))).toEqual(new Set([expected.join()]));
      const text = await (await fetch(`${quoteStream.url}/metrics`)).text();
      for (const worker of range(1, WORKERS)) {
        expect(text).toContain(`amqp_connection_up{role="consume",worker="${worker}"} 1\n`);
      }
      // a name and labels occur once
      const series = [...text.matchAll(/^(\w+(?:\{.*\})?) \S+$/gm)].map(([, name]) => name);
      expect(new Set(series).size).toBe(series.length);

      process.kill(workersOf(quoteStream)[0] ?? 0, 'SIGKILL');
      await eventually(
        async () => (await metricOf(quoteStream.url, 'workers_ready')) === WORKERS - 1,
        {
          what: 'a worker has ended',
        },
      );
      expect(await metricOf(quoteStream.url, 'sse_connections_total')).toBe(7);
      expect(await metricOf(quoteStream.url, 'worker_exits_total{reason="crash"}')).toBe(1);
      await eventually(async () => (await metricOf(quoteStream.url, 'workers_ready')) === WORKERS, {
        what: 'the worker is replaced',
      });
      await Promise.all(streams.map((stream) => stream.close()));
    });
  });

  it.each([
    { limit: 'SSE_MAX_PER_ADDRESS', reason: 'address' },
    { limit: 'SSE_MAX_CONNECTIONS', reason: 'full' },
  ])(
    'never has more open streams than $limit, and as many after retries',
    async ({ limit, reason }) => {
      quoteStream = await start({ [limit]: String(LIMIT) });
      const { url } = quoteStream;
      const turnedAway = `sse_turned_away_total{reason="${reason}"}`;
      let opened = 0;
      await eventually(
        async () => {
          await openSeveral(url, LIMIT);
          opened += LIMIT;
          await eventually(
            async () =>
              (await metricOf(url, 'sse_connections_total')) + (await metricOf(url, turnedAway)) ===
              opened,
            { what: 'each stream is accepted or turned away' },
          );
          const connected = await metricOf(url, 'sse_clients_connected');
          expect.soft(connected).toBeLessThanOrEqual(LIMIT);
          return connected >= LIMIT;
        },
        { what: `${LIMIT} streams are open` },
      );
      await openSeveral(url, LIMIT);
      expect(await metricOf(url, 'sse_clients_connected')).toBe(LIMIT);
      expect(await metricOf(url, turnedAway)).toBeGreaterThanOrEqual(LIMIT);
      expect(await quoteStream.terminate()).toBe(0);
    },
  );

  it('drains all workers on SIGTERM, and exits with code 0', async () => {
    quoteStream = await start({ DRAIN_SECONDS: '2' });
    const streams = await openSeveral(quoteStream.url, WORKERS * 2);
    await publisher.publish([6]);
    await Promise.all(streams.map((stream) => receives(stream, 6)));
    const exitCode = quoteStream.terminate();
    await eventually(
      async () => {
        const ready = await fetch(`${quoteStream.url}/readyz`);
        return ready.status === 503 && (await ready.text()).includes('closing');
      },
      { what: 'it reports that it is not ready' },
    );
    const late = await openStream(`${quoteStream.url}/quoteEvent`);
    await late.waitForEnd();
    expect(late.retryMs).toBeGreaterThan(0);
    await Promise.all(streams.map((stream) => stream.waitForEnd()));
    expect(await exitCode).toBe(0);
    for (const stream of streams) expect(numbersOn(stream)).toEqual([6]);
  });

  it.each([
    [{ WORKERS: '0' }, 'WORKERS is "0", but must be at least 1.'],
    [{ WORKERS: 'all' }, 'WORKERS is "all", but must be a whole number.'],
    [{ WORKERS: '65' }, 'WORKERS is "65", but must be at most 64.'],
    [
      { WORKERS: '4', SSE_MAX_PER_ADDRESS: '3' },
      'SSE_MAX_PER_ADDRESS is 3, but 4 workers share it',
    ],
  ])('refuses %o', async (env, message) => {
    const refused = spawnProcess('quote-stream', { env: { AMQP_URL: broker.url, ...env } });
    expect(await refused.waitForExit()).toBe(1);
    expect(refused.output).toContain(message);
  });

  it('exits with the reason if no worker can listen', async () => {
    const [port = 0] = await freePorts(1);
    const env = { AMQP_URL: broker.url, WORKERS: '2', PORT: String(port), HOST: '127.0.0.1' };
    quoteStream = await startQuoteStream(env);
    const second = spawnProcess('quote-stream', { env });
    expect(await second.waitForExit()).toBe(1);
    expect(second.output).toContain(`127.0.0.1:${port} is in use`);
    expect(await quoteStream.terminate()).toBe(0);
  });
});

/** Opens streams; resolves once each has its headers. */
async function openSeveral(url: string, count: number): Promise<StreamClient[]> {
  return Promise.all(range(1, count).map(() => openStream(`${url}/quoteEvent`)));
}
