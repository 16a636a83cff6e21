import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@quotewire/testing';
import { serveSite } from '@quotewire/testing/serve-site';
import { toscrapeSource, writeSources } from '@quotewire/testing/write-sources';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { isLive, quotesOn } from './support/live-page.ts';
import { startProcess } from './support/start-process.ts';

/** Saved pages of real sites, an optional neighbour of the checkout. Their licences don't allow us to publish them. */
const PAGES = join(import.meta.dirname, '../../shared/fixtures/pages');
const areTherePages = existsSync(join(PAGES, 'EXPECTED.json'));
if (!areTherePages) process.stderr.write(`SKIPPED: real pages. There are none in ${PAGES}.\n`);

/** Where each saved page was found. */
const paths: Record<string, string> = {
  '/': 'toscrape-page-01.html',
  '/page/2/': 'toscrape-page-02.html',
  '/page/4/': 'toscrape-page-04.html',
  '/page/9/': 'toscrape-page-09.html',
  '/page/10/': 'toscrape-page-10.html',
};

interface Expected {
  items: { text: string; author: string }[];
}

const describePages = areTherePages ? describeWithBroker : () => {};

describePages('real pages', (broker) => {
  describeWithBrowser('from a local server, over RabbitMQ, to a browser', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser?.close());

    it('show each of their quotes on the live page once, word for word', async () => {
      const site = await serveSite((path, response) => {
        const file = paths[path];
        if (file === undefined) response.writeHead(404).end('not saved');
        else
          response
            .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
            .end(readFileSync(join(PAGES, file)));
      });
      // pages 3 and 5 to 8 aren't saved, so that three sources begin at saved pages
      const starts = { first: '/', middle: '/page/4/', last: '/page/9/' };
      const sources = Object.entries(starts).map(([name, path]) =>
        toscrapeSource({ name, url: site.url + path }),
      );
      const env = { AMQP_URL: broker.url, SOURCES_FILE: writeSources(sources) };
      const [timer, , quoteStream] = await Promise.all([
        startProcess('timer', { env }),
        startProcess('scraper', { env }),
        startProcess('quote-stream', { env }),
      ]);
      await eventually(async () => (await fetch(`${quoteStream.url}/readyz`)).ok, {
        what: 'quote-stream is ready',
      });
      const page = await browser.newPage();
      await page.goto(quoteStream.url);
      await isLive(page);
      await fetch(`${timer.url}/timer/start`, { method: 'POST' });

      const expected = JSON.parse(readFileSync(join(PAGES, 'EXPECTED.json'), 'utf8')) as Record<
        string,
        Expected
      >;
      const items = Object.values(paths).flatMap((file) => expected[file]?.items ?? []);
      const wanted = new Set(items.map(({ text, author }) => `${text} ${author}`));
      expect(wanted.size).toBeGreaterThan(40);
      await eventually(async () => (await quotesOn(page)).length >= wanted.size, {
        what: `${wanted.size} quotes on the page`,
      });
      // all sources have been read as far as possible, so that a repetition would be visible
      await eventually(
        async () => {
          const { sources: states } = (await (await fetch(`${quoteStream.url}/quotes`)).json()) as {
            sources: { source: string }[];
          };
          return states.length === 3;
        },
        { what: 'each source has a state' },
      );
      const seen = (await quotesOn(page)).map(({ text, author }) => `${text} ${author}`);
      expect(seen.toSorted()).toEqual([...wanted].toSorted());
      expect(site.requests).toContain('/page/3/');
    });
  });
});
