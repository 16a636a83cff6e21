import { beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { eventually } from './support/eventually.ts';
import { openStream, type StreamClient } from './support/open-stream.ts';
import { serveSite, type Site } from './support/site.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';
import { toscrapeSource, writeSources } from './support/write-sources.ts';

const PAGES = 6;
const QUOTES_PER_PAGE = 10;

function html(page: number): string {
  const quotes = Array.from({ length: QUOTES_PER_PAGE }, (_, index) => {
    return `<div class="quote"><span class="text">quote ${page}.${index}</span><small class="author">A</small></div>`;
  });
  const next = page < PAGES ? `<li class="next"><a href="/page/${page + 1}/">next</a></li>` : '';
  return quotes.join('') + next;
}

describeWithBroker('scraper, killed', (broker) => {
  let site: Site;
  let env: Record<string, string>;
  let timer: ListeningProcess;
  let scraper: ListeningProcess;
  let stream: StreamClient;
  /** Answers a page that was held back. */
  let release: (() => void) | undefined;
  let heldPath: string | undefined;

  beforeAll(async () => {
    site = await serveSite((path, response) => {
      const page = Number(/^\/page\/(\d+)\/$/.exec(path)?.[1] ?? 1);
      const answer = () => response.writeHead(200, { 'content-type': 'text/html' }).end(html(page));
      if (path === heldPath) {
        heldPath = undefined;
        release = answer;
      } else answer();
    });
    const path = writeSources([toscrapeSource({ name: 'test', url: `${site.url}/` })]);
    env = { AMQP_URL: broker.url, SOURCES_FILE: path };
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

  const texts = () =>
    stream.events
      .filter(({ event }) => event === 'newQuote')
      .map(({ data = '' }) => (JSON.parse(data) as { text: string }).text);
  const restart = async () => {
    await scraper.kill9();
    scraper = await startProcess('scraper', { env });
  };

  const workOf = async () => {
    const { sources } = (await (await fetch(`${scraper.url}/sources`)).json()) as {
      sources: { work: { pages: number; published: number } | null }[];
    };
    return sources[0]?.work;
  };

  it('loses nothing and shows nothing twice, between two pages and in the middle of one', async () => {
    heldPath = '/page/3/';
    const ticked = await fetch(`${timer.url}/timer/tick`, { method: 'POST' });
    expect(ticked.status).toBe(202);

    // between two pages: the third was asked for, and nothing of it came
    await eventually(() => release, { what: 'page 3 is asked for' });
    await restart();

    // in the middle of one: some of its quotes are published, and perhaps not all
    await stream.waitFor(
      ({ data = '' }) => data.includes('quote 4.9'),
      'the first published quote of page 4',
    );
    await restart();

    await eventually(() => texts().length >= PAGES * QUOTES_PER_PAGE, {
      what: `all ${PAGES * QUOTES_PER_PAGE} quotes`,
      timeoutMs: 30_000,
    });
    await eventually(
      () =>
        stream.events.find(
          ({ event, data = '' }) => event === 'sourceStatus' && data.includes('"ok"'),
        ),
      {
        what: 'the run comes to its end',
      },
    );
    expect(new Set(texts()).size).toBe(PAGES * QUOTES_PER_PAGE);
    expect(texts()).toHaveLength(PAGES * QUOTES_PER_PAGE);
    expect(site.requests.filter((path) => path === '/page/3/').length).toBe(2);
  });

  it('knows after a restart what it has published', async () => {
    // n.b. not killed: before the broker has its last acknowledgement it would do that page again
    await scraper.terminate();
    scraper = await startProcess('scraper', { env });
    const before = site.requests.length;
    await fetch(`${timer.url}/timer/tick`, { method: 'POST' });
    await eventually(
      async () => {
        const work = await workOf();
        return work?.pages === 1 && work.published === 0;
      },
      { what: 'one page without news' },
    );
    expect(site.requests.slice(before)).toEqual(['/']);
    expect(texts()).toHaveLength(PAGES * QUOTES_PER_PAGE);
  });
});
