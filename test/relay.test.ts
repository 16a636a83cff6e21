import { quotesLog, sourceStatus } from '@quotewire/events';
import { eventually, startTcpProxy, type TcpProxy } from '@quotewire/testing';
import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openStream } from './support/open-stream.ts';
import {
  cursorOf,
  describeWithQuoteStream,
  gapsOn,
  numbersOn,
  range,
  receives,
  startQuoteStream,
} from './support/quote-stream.ts';
import { startProcess } from './support/start-process.ts';

/** Far less than what is published between two cuts, so that most cuts hit a frame. */
const CUT_AFTER_BYTES = 3_000;
const ROUNDS = 10;
const QUOTES_PER_ROUND = 50;

describeWithQuoteStream('a relay of a relay', {}, (origin) => {
  /** From the origin to the first relay, and from it to the second. */
  const links: TcpProxy[] = [];
  /** The origin and the relays. */
  const urls: string[] = [];
  let published = 0;

  const publish = async (count: number) => {
    const numbers = range(published + 1, published + count);
    published += count;
    await origin.publisher.publish(numbers);
    return numbers;
  };
  const open = (at: number, cursor?: string) =>
    openStream(`${urls[at]}/quoteEvent?limit=1000`, {
      headers: cursor === undefined ? {} : { 'last-event-id': cursor },
    });

  beforeAll(async () => {
    await publish(10);
    urls.push(origin.url);
    for (const at of [0, 1]) {
      const link = await startTcpProxy(urls[at] ?? '');
      links.push(link);
      const upstream = new URL('/quoteEvent', link.url).href;
      const relay = await startQuoteStream({ UPSTREAM_URL: upstream, DRAIN_SECONDS: '0' });
      urls.push(relay.url);
    }
  });
  afterAll(async () => {
    for (const link of links) await link.close();
  });

  it('streams what the origin streams, byte for byte', async () => {
    const bodies = await Promise.all(
      urls.map(async (url) => {
        const stream = await openStream(`${url}/quoteEvent?limit=1000`);
        await receives(stream, published);
        return stream.events;
      }),
    );
    expect(bodies[0]).toHaveLength(11);
    for (const body of bodies) expect(body).toEqual(bodies[0]);
  });

  it('resumes after any cursor of the origin, also that of an entry that browsers never see', async () => {
    // the second is a duplicate, which only has a position
    await publish(1);
    await origin.publisher.publish([published]);
    await publish(1);
    const list = (await (await fetch(`${origin.url}/quotes`)).json()) as { cursor: string };
    await origin.publisher.publish([published]);
    const hidden = await eventually(
      async () => {
        const { cursor } = (await (await fetch(`${origin.url}/quotes`)).json()) as typeof list;
        return cursor === list.cursor ? undefined : cursor;
      },
      { what: 'the origin has the cursor of a hidden entry' },
    );
    const streams = await Promise.all([0, 1, 2].map((at) => open(at, hidden)));
    const [next = 0] = await publish(1);
    for (const stream of streams) {
      await receives(stream, next);
      expect(gapsOn(stream)).toEqual([]);
      expect(numbersOn(stream)).toEqual([next]);
    }
  });

  it('has the states of sources that were reported before it started, and new ones', async () => {
    const since = '2026-01-01T00:00:00.000Z';
    const status = { source: 'a', state: 'stale', since, detail: 'Nothing new.' } as const;
    await origin.publisher.bus.publish(sourceStatus, status);
    const statesAt = async (url: string) =>
      ((await (await fetch(`${url}/quotes`)).json()) as { sources: object[] }).sources;
    for (const url of urls) {
      await eventually(async () => (await statesAt(url)).length === 1, { what: 'the state' });
    }
    const upstream = `${urls[1]}/quoteEvent`;
    const late = await startQuoteStream({ UPSTREAM_URL: upstream, DRAIN_SECONDS: '0' });
    expect(await statesAt(late.url)).toEqual([status]);
    await late.terminate();
  });

  it('loses and repeats nothing while each connection breaks, for browsers that move between all', async () => {
    const from = published;
    const seen: number[] = [];
    const gaps: object[] = [];
    const first = await open(2);
    await receives(first, published);
    let cursor = cursorOf(first);
    for (let round = 0; round < ROUNDS; round += 1) {
      const link = links[round % 2];
      const cut = link?.cutAfter(CUT_AFTER_BYTES);
      await publish(QUOTES_PER_ROUND);
      await cut;
      for (let at = round; seen.at(-1) !== published; at += 1) {
        // a relay that is behind ends the stream, as it would for a browser's reconnect
        const stream = await open(at % 3, cursor);
        await link?.heal();
        let hasEnded = false;
        void stream.waitForEnd().then(
          () => (hasEnded = true),
          () => {},
        );
        await eventually(() => hasEnded || numbersOn(stream).includes(published), {
          what: `quote ${published}, or the end of the stream`,
        });
        await stream.close();
        seen.push(...numbersOn(stream));
        gaps.push(...gapsOn(stream));
        cursor = cursorOf(stream);
      }
    }
    expect(gaps).toEqual([]);
    expect(seen).toEqual(range(from + 1, published));
  });

  it('tells its browsers of a gap of the origin', async () => {
    const streams = await Promise.all([0, 1, 2].map((at) => open(at)));
    for (const stream of streams) await receives(stream, published);
    const connection = await connect(origin.amqpUrl);
    await (await connection.createChannel()).deleteQueue(quotesLog.name);
    await connection.close();
    await streams[0]?.waitFor(({ event }) => event === 'gap', 'the gap of the deleted log');
    const [next = 0] = await publish(1);
    for (const stream of streams) {
      await receives(stream, next);
      expect(gapsOn(stream)).toMatchObject([{ reason: 'other-log' }]);
    }
  });

  it('is not ready without its upstream, and says why', async () => {
    const relay = await startProcess('quote-stream', {
      env: { UPSTREAM_URL: `${origin.url}/nothing-here`, DRAIN_SECONDS: '0' },
    });
    onTestFinished(async () => {
      await relay.terminate();
    });
    const answer = await eventually(
      async () => {
        const body = await (await fetch(`${relay.url}/readyz`)).text();
        return body.includes('404') ? body : undefined;
      },
      { what: 'it says what the upstream answered' },
    );
    expect(answer).toContain('/nothing-here');
    const stream = await openStream(`${relay.url}/quoteEvent`);
    await stream.waitForEnd();
    expect(stream.retryMs).toBeGreaterThan(0);
  });
});
