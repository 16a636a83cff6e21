import { type Quote, quoteId, quoteScraped } from '@quotewire/events';
import { eventually } from '@quotewire/testing';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { isLive, quotesOn } from './support/live-page.ts';
import { connectPublisher, type Publisher, startQuoteStream } from './support/quote-stream.ts';
import { quoteOf } from './support/quotes.ts';
import type { ListeningProcess } from './support/start-process.ts';

const HOSTILE = `</p><script>document.title = 'hacked'</script><img src=x onerror="document.title = 'hacked'"> & "x"\u0008`;

describeWithBroker('the live page', (broker) => {
  describeWithBrowser('in Chromium', () => {
    let browser: Browser;
    let publisher: Publisher;
    let quoteStream: ListeningProcess;
    let count = 0;
    const pages: Page[] = [];

    beforeAll(async () => {
      quoteStream = await startQuoteStream({ AMQP_URL: broker.url, DRAIN_SECONDS: '0' });
      publisher = connectPublisher(broker.url);
      browser = await launchBrowser();
      await publish(...Array.from({ length: 60 }, () => ({})));
    });
    afterEach(async () => {
      for (const page of pages.splice(0)) await page.context().close();
    });
    afterAll(async () => {
      await browser?.close();
      await publisher?.close();
    });

    /** Publishes quotes, numbered unless they have a text, and resolves once the service holds them. */
    async function publish(...quotes: Partial<Quote>[]): Promise<Quote[]> {
      const published: Quote[] = [];
      for (const fields of quotes) {
        count += 1;
        const quote = { ...quoteOf(`quote ${count}`), ...fields };
        quote.id = quoteId(quote);
        await publisher.bus.publish(quoteScraped, quote);
        published.push(quote);
      }
      const last = published.at(-1);
      await eventually(async () => (await fetch(`${quoteStream.url}/quotes/${last?.id}`)).ok, {
        what: 'the service holds what was published',
      });
      return published;
    }

    async function open(path = '/', options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext({
        viewport: { width: 1000, height: 800 },
        ...options,
      });
      const page = await context.newPage();
      pages.push(page);
      await page.goto(`${quoteStream.url}${path}`);
      if (options.javaScriptEnabled !== false) await isLive(page);
      return page;
    }

    const textsOn = async (page: Page) => (await quotesOn(page)).map(({ text }) => text);
    const isOnTop = (page: Page, text: string) =>
      eventually(async () => (await textsOn(page))[0] === text, { what: `${text} is on top` });
    const says = (page: Page, selector: string, text: string) =>
      eventually(async () => (await page.textContent(selector)) === text, {
        what: `${selector} says ${text}`,
      });

    it('has its quotes, and the way back, without JavaScript', async () => {
      const page = await open('/', { javaScriptEnabled: false });
      const { quotes } = (await (await fetch(`${quoteStream.url}/quotes?limit=30`)).json()) as {
        quotes: Quote[];
      };
      expect(await textsOn(page)).toEqual(quotes.map(({ text }) => text));
      await page.click('#older');
      expect((await textsOn(page)).length).toBeGreaterThan(0);
      expect(await textsOn(page)).not.toContain(quotes[0]?.text);
      expect(await page.locator('#pause').isVisible()).toBe(false);
    });

    it('takes over what the server has written, without a shift and without a hole', async () => {
      const context = await browser.newContext({ locale: 'de-DE' });
      const page = await context.newPage();
      pages.push(page);
      await page.addInitScript(`
        globalThis.shift = 0;
        new PerformanceObserver((list) => {
          for (const { value } of list.getEntries()) shift += value;
        }).observe({ type: 'layout-shift', buffered: true });
      `);
      const mayStart = Promise.withResolvers<void>();
      await page.route('**/assets/live.js', async (route) => {
        await mayStart.promise;
        await route.continue();
      });
      await page.goto(quoteStream.url, { waitUntil: 'commit' });
      await page.waitForSelector('.quote >> nth=29');
      await page.evaluate(
        `for (const item of document.querySelectorAll('.quote')) item.mark = true;`,
      );
      const between = await publish({}, {});
      mayStart.resolve();
      await isLive(page);
      await isOnTop(page, between[1]?.text ?? '');
      expect((await textsOn(page))[1]).toBe(between[0]?.text);
      const marked = `[...document.querySelectorAll('.quote')].filter(({ mark }) => mark).length`;
      expect(await page.evaluate(marked)).toBe(30);
      expect(await page.textContent('.quote time')).toMatch(/^(jetzt|vor )/);
      await page.close();

      const quiet = await open('/', { locale: 'de-DE' });
      await eventually(async () => /jetzt|vor /.test((await quiet.textContent('time')) ?? ''), {
        what: 'the times are in the locale of the reader',
      });
      const observe = `new Promise((resolve) => {
        new PerformanceObserver((list) => {
          resolve(list.getEntries().reduce((sum, { value }) => sum + value, 0));
        }).observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(0)));
      })`;
      expect(await quiet.evaluate(observe)).toBe(0);
    });

    it('shows hostile texts as texts, from the server and from the stream, and in feeds', async () => {
      const hostile = { author: HOSTILE, tags: [HOSTILE], source: HOSTILE };
      const [first] = await publish({ text: `1${HOSTILE}`, ...hostile });
      const page = await open();
      await isOnTop(page, first?.text ?? '');
      const [second] = await publish({ text: `2${HOSTILE}`, ...hostile });
      await isOnTop(page, second?.text ?? '');
      expect(await page.title()).toBe('Quotewire');
      expect(await page.locator('.quote script, .quote img').count()).toBe(0);
      const entries = await page.evaluate(`(async () => {
        const text = await (await fetch('/quotes.atom?limit=2')).text();
        const document = new DOMParser().parseFromString(text, 'application/xml');
        return [...document.querySelectorAll('entry > author > name')].map((name) => name.textContent);
      })()`);
      expect(entries).toEqual(Array.from({ length: 2 }, () => HOSTILE.replace('\b', '\uFFFD')));
    });

    it('filters by a click, in its address and in the stream, until the filter is removed', async () => {
      const [mine] = await publish({ author: 'Ada L.', tags: ['old'] });
      const page = await open();
      await page.click('text=Ada L.');
      await isLive(page);
      expect(new URL(page.url()).search).toBe('?author=Ada+L.');
      expect(await textsOn(page)).toEqual([mine?.text]);
      await page.locator('h1').hover();
      const [, last] = await publish({ author: 'Somebody' }, { author: 'ada l.' });
      await isOnTop(page, last?.text ?? '');
      expect(await textsOn(page)).toEqual([last?.text, mine?.text]);
      await page.click('.chip');
      await isLive(page);
      expect(new URL(page.url()).search).toBe('');
      expect((await textsOn(page)).length).toBeGreaterThan(2);
    });

    it('searches the history, and goes on with what matches of the stream', async () => {
      const [found] = await publish({ text: 'Der Schnée fällt leise' });
      const page = await open();
      await page.keyboard.press('/');
      await page.keyboard.type('schnee FALLT');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/?q=*');
      await isLive(page);
      expect(await textsOn(page)).toEqual([found?.text]);
      await page.locator('h1').hover();
      const [, last] = await publish(
        { text: 'Regen fällt' },
        { text: 'Es fällt der erste Schnee' },
      );
      await isOnTop(page, last?.text ?? '');
      expect(await textsOn(page)).toEqual([last?.text, found?.text]);
    });

    it('holds still under the pointer, and counts what waits in the page and its title', async () => {
      const page = await open();
      const before = await textsOn(page);
      await page.locator('.quote .text').first().hover();
      const news = await publish({}, {});
      await says(page, '#jump', '2 new quotes');
      expect(await page.title()).toBe('(2) Quotewire');
      expect(await textsOn(page)).toEqual(before);
      await page.click('#jump');
      await isOnTop(page, news[1]?.text ?? '');
      expect(await page.title()).toBe('Quotewire');
      expect(await page.locator('#jump').isVisible()).toBe(false);
    });

    it('holds still for the focus, which j and k move, and for a selection', async () => {
      const page = await open();
      const before = await textsOn(page);
      const focused = () => page.evaluate(`document.activeElement.closest('.quote')?.textContent`);
      await page.keyboard.press('j');
      expect(await focused()).toContain(before[0]);
      await page.keyboard.press('j');
      expect(await focused()).toContain(before[1]);
      await page.keyboard.press('k');
      expect(await focused()).toContain(before[0]);
      const [first] = await publish({});
      await says(page, '#jump', '1 new quote');
      expect(await textsOn(page)).toEqual(before);
      await page.keyboard.press('Escape');
      await isOnTop(page, first?.text ?? '');

      await page.evaluate(
        `getSelection().selectAllChildren(document.querySelector('.quote .text'))`,
      );
      const [second] = await publish({});
      await says(page, '#jump', '1 new quote');
      await page.evaluate('getSelection().removeAllRanges()');
      await isOnTop(page, second?.text ?? '');

      await page.uncheck('#keys');
      await page.locator('h1').click();
      await page.keyboard.press('j');
      expect(await focused()).toBeUndefined();
    });

    it('announces what it shows, and nothing while it is paused', async () => {
      const page = await (await browser.newContext()).newPage();
      pages.push(page);
      await page.clock.install();
      await page.goto(quoteStream.url);
      await isLive(page);
      await page.click('#pause');
      await publish({}, {}, {});
      await eventually(
        async () => {
          await page.clock.runFor(100);
          return (await page.textContent('#pause')) === 'Resume, 3 new';
        },
        { what: 'the button counts what waits' },
      );
      await page.clock.runFor(60_000);
      expect(await page.textContent('#announcement')).toBe('');
      await page.click('#pause');
      await page.clock.runFor(60_000);
      expect(await page.textContent('#announcement')).toBe('3 new quotes, the latest by A');
    });

    it('keeps lines, stacked accents and captions from right to left in their places', async () => {
      await publish(
        { text: 'One line\nanother', author: 'Poet' },
        { text: `a${'\u0301'.repeat(60)}b${'\u0323'.repeat(60)}`, author: 'Stacker' },
        { text: 'الصبر مفتاح الفرج', author: 'مثل', tags: ['patience'] },
      );
      const page = await open();
      const box = async (selector: string) => {
        const found = await page.locator(selector).first().boundingBox();
        return found ?? { x: 0, y: 0, width: 0, height: 0 };
      };
      const line = (await box('.quote:nth-of-type(2) .text')).height;
      expect((await box('.quote:nth-of-type(3) .text')).height).toBe(2 * line);
      const clip = `getComputedStyle(document.querySelector('.quote:nth-of-type(2) .text')).overflowY`;
      expect(await page.evaluate(clip)).toBe('clip');
      const figure = await box('.quote figure');
      const author = await box('.quote .author a');
      expect(author.x + author.width).toBeCloseTo(figure.x + figure.width, 0);
    });

    it('keeps the place of a reader who scrolls up again from far back', async () => {
      await publish(...Array.from({ length: 400 }, () => ({})));
      const page = await open();
      for (let shown = 0; shown < 300;) {
        await page.click('#older');
        shown = await eventually(
          async () => {
            const now = await page.locator('.quote').count();
            return now > shown ? now : undefined;
          },
          { what: 'older quotes are there' },
        );
      }
      const top = (await textsOn(page))[0] ?? '';
      await says(page, '#jump', 'Newest quotes');
      await page.evaluate('scrollTo(0, 0)');
      await eventually(async () => (await textsOn(page))[0] !== top, {
        what: 'those before it are above it again',
      });
      const seen = page.locator('.quote .text', { hasText: new RegExp(`^${top}$`) });
      const { y = -1 } = (await seen.boundingBox()) ?? {};
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(800);
    });

    it('copies the link of a quote, which leads to its page', async () => {
      const [quote] = await publish({ text: 'To be shared' });
      const page = await open();
      const origin = new URL(page.url()).origin;
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
      await page.click('[data-action=copy] >> nth=0');
      await says(page, '#announcement', 'Link copied');
      const link = String(await page.evaluate('navigator.clipboard.readText()'));
      expect(link).toBe(`${origin}/quotes/${quote?.id}`);
      await page.goto(link);
      expect(await textsOn(page)).toEqual(['To be shared']);
      expect((await page.goto(`${link.slice(0, -1)}-`))?.status()).toBe(404);
      expect(await page.textContent('main')).toContain('This quote isn’t here.');
    });
  });
});
