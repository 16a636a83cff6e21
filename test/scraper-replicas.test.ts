import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@quotewire/testing';
import { serveSite } from '@quotewire/testing/serve-site';
import { toscrapeSource, writeSources } from '@quotewire/testing/write-sources';
import { expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { openStream } from './support/open-stream.ts';
import { startProcess } from './support/start-process.ts';

const SOURCES = 6;
const PAGES = 3;
/** The response time of a page, long enough for requests of two scrapers to overlap. */
const PAGE_MS = 50;

function html(source: string, page: number): string {
  const quote = `<div class="quote"><span class="text">quote ${source}.${page}</span></div>`;
  return (
    quote + (page < PAGES ? `<li class="next"><a href="/${source}/${page + 1}">next</a></li>` : '')
  );
}

describeWithBroker('two scrapers', (broker) => {
  it('share the jobs, and never request two pages of one host at once', async () => {
    let underWay = 0;
    let mostUnderWay = 0;
    const site = await serveSite(async (path, response) => {
      const [, source = '', page = ''] = path.split('/');
      underWay += 1;
      mostUnderWay = Math.max(mostUnderWay, underWay);
      await delay(PAGE_MS);
      underWay -= 1;
      response.writeHead(200, { 'content-type': 'text/html' }).end(html(source, Number(page)));
    });
    const sources = Array.from({ length: SOURCES }, (_, index) =>
      toscrapeSource({ name: `source-${index}`, url: `${site.url}/${index}/1` }),
    );
    const env = { AMQP_URL: broker.url, SOURCES_FILE: writeSources(sources) };
    const [timer, quoteStream, ...scrapers] = await Promise.all([
      startProcess('timer', { env }),
      startProcess('quote-stream', { env }),
      startProcess('scraper', { env }),
      startProcess('scraper', { env }),
    ]);
    for (const { url } of [quoteStream, ...scrapers]) {
      await eventually(async () => (await fetch(`${url}/readyz`)).ok, { what: `${url} is ready` });
    }
    const stream = await openStream(`${quoteStream.url}/quoteEvent`);
    await fetch(`${timer.url}/timer/tick`, { method: 'POST' });
    const texts = () =>
      stream.events
        .filter(({ event }) => event === 'newQuote')
        .map(({ data = '' }) => (JSON.parse(data) as { text: string }).text);
    await eventually(() => texts().length >= SOURCES * PAGES, {
      what: `all ${SOURCES * PAGES} quotes`,
      timeoutMs: 50_000,
    });
    expect(new Set(texts()).size).toBe(SOURCES * PAGES);
    expect(site.requests).toHaveLength(SOURCES * PAGES);
    expect(mostUnderWay).toBe(1);
    for (const { url } of scrapers) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(
        Number(/amqp_messages_consumed_total\{[^}]*outcome="ack"\} (\d+)/.exec(metrics)?.[1]),
      ).toBeGreaterThan(0);
    }
    await stream.close();
  });
});
