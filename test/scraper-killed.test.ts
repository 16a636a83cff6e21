import { eventually } from '@quotewire/testing';
import { serveSite, type Site } from '@quotewire/testing/serve-site';
import { toscrapeSource, writeSources } from '@quotewire/testing/write-sources';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { metricOf } from './support/metrics.ts';
import { openStream, type StreamClient } from './support/open-stream.ts';
import { type PublishGate, startPublishGate } from './support/publish-gate.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

const PAGES = 6;
const QUOTES_PER_PAGE = 10;
const ACKNOWLEDGED_JOBS =
  'amqp_messages_consumed_total{queue="scraper.scrape.requested",outcome="ack"}';
const CONFIRMED_JOBS =
  'amqp_messages_published_total{exchange="quotes",routing_key="scrape.requested",outcome="confirmed"}';

function html(page: number, edition: string): string {
  const texts = Array.from(
    { length: QUOTES_PER_PAGE },
    (_, index) => `${edition} ${page}.${index}`,
  );
  // a run that reaches a quote of the previous run ends at the next page without new quotes
  if (page === 1) texts.push('of every edition');
  const quotes = texts.map(
    (text) =>
      `<div class="quote"><span class="text">${text}</span><small class="author">A</small></div>`,
  );
  const next = page < PAGES ? `<li class="next"><a href="/page/${page + 1}/">next</a></li>` : '';
  return quotes.join('') + next;
}

describeWithBroker('scraper, killed', (broker) => {
  let site: Site;
  let env: Record<string, string>;
  let timer: ListeningProcess;
  let scraper: ListeningProcess;
  let stream: StreamClient;
  let gate: PublishGate;
  /** Begins all quotes of the site: with a new one all of them are new. */
  let edition = '';
  /** The page whose next request isn't answered. */
  let heldPath: string | undefined;

  beforeAll(async () => {
    site = await serveSite((path, response) => {
      const page = Number(/^\/page\/(\d+)\/$/.exec(path)?.[1] ?? 1);
      if (path === heldPath) heldPath = undefined;
      else response.writeHead(200, { 'content-type': 'text/html' }).end(html(page, edition));
    });
    const path = writeSources([toscrapeSource({ name: 'test', url: `${site.url}/` })]);
    env = { AMQP_URL: broker.url, SOURCES_FILE: path };
    gate = await startPublishGate(broker.url);
    const quoteStream = await startProcess('quote-stream', { env: { AMQP_URL: broker.url } });
    await eventually(async () => (await fetch(`${quoteStream.url}/readyz`)).ok, {
      what: 'quote-stream is ready',
    });
    [timer, scraper] = await Promise.all([
      startProcess('timer', { env }),
      startProcess('scraper', { env }),
    ]);
    stream = await openStream(`${quoteStream.url}/quoteEvent`);
  });
  afterAll(() => gate.end());

  const texts = () =>
    stream.events
      .filter(({ event }) => event === 'newQuote')
      .map(({ data = '' }) => (JSON.parse(data) as { text: string }).text)
      .filter((text) => text.startsWith(edition));
  const requestsOf = (path: string) => site.requests.filter((one) => one === path).length;
  const detailOf = async () => {
    const { sources } = (await (await fetch(`${scraper.url}/sources`)).json()) as {
      sources: { status: { detail: string } | null }[];
    };
    return sources[0]?.status?.detail;
  };
  const tick = async () => {
    const { status } = await fetch(`${timer.url}/timer/tick`, { method: 'POST' });
    expect(status).toBe(202);
  };
  /** Waits for the scraper that runs now. */
  const until = (metric: string, value: number) =>
    eventually(async () => (await metricOf(scraper.url, metric)) === value, {
      what: `${metric} is ${value}`,
      timeoutMs: 30_000,
    });
  /** Restarts it through the gate, so that its messages can be counted. */
  const restartBehindGate = async () => {
    await scraper.terminate();
    scraper = await startProcess('scraper', { env: { ...env, AMQP_URL: gate.url } });
  };
  const killAndRestart = async () => {
    await scraper.kill9();
    scraper = await startProcess('scraper', { env });
  };
  const expectEachQuoteOnce = async () => {
    await eventually(() => texts().length >= PAGES * QUOTES_PER_PAGE, {
      what: 'all quotes arrive',
    });
    expect(new Set(texts()).size).toBe(PAGES * QUOTES_PER_PAGE);
    expect(texts()).toHaveLength(PAGES * QUOTES_PER_PAGE);
  };

  it('resumes a run between two pages, and publishes each quote once', async () => {
    edition = 'between';
    heldPath = '/page/3/';
    await tick();
    await eventually(() => requestsOf('/page/3/') > 0, { what: 'the scraper requests page 3' });
    await until(ACKNOWLEDGED_JOBS, 2);

    await killAndRestart();
    await until(ACKNOWLEDGED_JOBS, 4);
    await expectEachQuoteOnce();
    expect(requestsOf('/page/3/')).toBe(2);
  });

  it('ends a run at the first page after a restart when nothing is new', async () => {
    await scraper.terminate();
    scraper = await startProcess('scraper', { env });
    const before = site.requests.length;
    await tick();
    await eventually(async () => (await detailOf()) === 'Published all new quotes.', {
      what: 'the run ends at a page without new quotes',
    });
    expect(site.requests.slice(before)).toEqual(['/']);
    await expectEachQuoteOnce();
  });

  it.each([
    { published: 5, what: 'half of its quotes are' },
    { published: QUOTES_PER_PAGE, what: 'all its quotes are, and the job of the next page is not' },
  ])(
    'resumes a run within a page of which $what published, and publishes each quote once',
    async ({ published }) => {
      edition = `within ${published}`;
      await restartBehindGate();
      const closed = gate.closeAfter(published, `"${edition} 4.`);
      await tick();
      await closed;
      const asked = ['/page/4/', '/page/5/', '/page/6/'].map(requestsOf);

      await killAndRestart();
      await until(ACKNOWLEDGED_JOBS, 3);
      await expectEachQuoteOnce();
      const askedAgain = ['/page/4/', '/page/5/', '/page/6/'].map(requestsOf);
      expect(askedAgain).toEqual(asked.map((count) => count + 1));
    },
  );

  it('repeats a page whose job it did not acknowledge, and publishes each quote once', async () => {
    edition = 'unacknowledged';
    await restartBehindGate();
    const before = requestsOf('/page/4/');
    const closed = gate.closeAfter(1, '/page/5/');
    await tick();
    await closed;
    await until(CONFIRMED_JOBS, 4);

    await killAndRestart();
    // the repeated job of page 4 requests page 5 again: both runs read to the end
    await until(ACKNOWLEDGED_JOBS, 5);
    await expectEachQuoteOnce();
    expect(requestsOf('/page/4/')).toBe(before + 2);
  });
});
