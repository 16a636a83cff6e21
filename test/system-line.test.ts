import { eventually } from '@quotewire/testing';
import { serveSite, type Site } from '@quotewire/testing/serve-site';
import { writeSources } from '@quotewire/testing/write-sources';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { startStandalone } from './support/start-process.ts';

describeWithBrowser('the live page says', () => {
  let browser: Browser;
  let site: Site;
  let origin: string;
  const pages: Page[] = [];

  beforeAll(async () => {
    site = await serveSite((_, response) => {
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<p>Well begun is half done.</p>');
    });
    const source = (name: string, item: string) => ({
      name,
      intervalSeconds: 1,
      url: `${site.url}/${name}`,
      item,
      fields: { text: ':scope' },
    });
    const path = writeSources([source('fine', 'p'), source('changed', 'div.quote')]);
    origin = await startStandalone({ TIMER_AUTOSTART: 'false', SOURCES_FILE: path });
    browser = await launchBrowser();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
  });
  afterAll(() => browser?.close());

  /** Opens the page, with the requests that it makes of the timer in `asked`. */
  async function open({
    url = origin,
    prepare,
    ...options
  }: { url?: string; prepare?: (page: Page) => Promise<unknown>; locale?: string } = {}) {
    const page = await (await browser.newContext(options)).newPage();
    pages.push(page);
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/timer')) asked.push(request.url());
    });
    await prepare?.(page);
    await page.goto(url);
    return { page, asked };
  }
  const says = (page: Page, selector: string, words: string | undefined) =>
    eventually(
      async () => {
        const [shown] = await page.locator(`${selector}:visible`).allTextContents();
        return shown === words;
      },
      { what: `${selector} says ${words ?? 'nothing'}` },
    );
  const order = async (path: string) =>
    expect(
      (
        await fetch(`${origin}/timer/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        })
      ).status,
    ).toBe(202);
  const look = (page: Page) =>
    page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);

  it('that the timer is stopped, with a link to it, and when it runs, how the sources do', async () => {
    const { page } = await open();
    await says(page, '#timer', 'Timer stopped');
    expect(await page.locator('#timer').getAttribute('href')).toBe('/timer');
    await says(page, '#newest', 'none yet');
    await says(page, '#source-count', 'No sources');
    await order('start');
    await look(page);
    await says(page, '#timer', 'Timer running');
    await says(page, '#newest', 'now');
    await says(page, '#source-count', '2 sources, 1 in trouble');
    await order('stop');
    await look(page);
    await says(page, '#timer', 'Timer stopped');
    expect(await page.locator('aside [aria-live], aside [role]').count()).toBe(0);
  });

  it('what has become of the timer once a minute while it is seen, and asks nothing in the background', async () => {
    const { page, asked } = await open({ prepare: (page) => page.clock.install() });
    await says(page, '#timer', 'Timer stopped');
    await order('start');
    await page.clock.runFor(60_000);
    await says(page, '#timer', 'Timer running');
    await order('stop');
    const before = asked.length;
    await page.evaluate(
      `Object.defineProperty(document, 'hidden', { configurable: true, value: true })`,
    );
    await page.clock.runFor(300_000);
    expect(asked.length).toBe(before);
    await says(page, '#timer', 'Timer running');
    await page.evaluate(`delete document.hidden`);
    await look(page);
    await says(page, '#timer', 'Timer stopped');
  });

  it('the age of the newest quote in the words of the reader', async () => {
    const { page } = await open({
      locale: 'de-DE',
      prepare: (page) => page.clock.install({ time: Date.now() + 600_000 }),
    });
    const age = await eventually(
      async () => /^vor .*/.exec((await page.textContent('#newest')) ?? '')?.[0],
      { what: 'the newest quote has an age in German' },
    );
    expect(age).toMatch(/^vor 1\d Minuten$/);
  });

  it('nothing of a timer that does not answer, until it does', async () => {
    const { page } = await open();
    await says(page, '#timer', 'Timer stopped');
    await page.route('**/timer', (route) => route.abort());
    await look(page);
    await says(page, '#timer', undefined);
    await page.unroute('**/timer');
    await look(page);
    await says(page, '#timer', 'Timer stopped');
    await page.route('**/timer', (route) =>
      route.fulfill({ status: 502, json: { state: 'running' } }),
    );
    await look(page);
    await says(page, '#timer', undefined);
    expect(await page.textContent('#source-count')).toBe('2 sources, 1 in trouble');
  });

  it('nothing of a timer on another origin, which it does not ask', async () => {
    const url = await startStandalone({ PAGE_LINKS: `timer=${origin}/timer` });
    const { page, asked } = await open({ url });
    await eventually(async () => (await page.textContent('#connection')) === 'Live', {
      what: 'the page is live',
    });
    await look(page);
    await says(page, '#timer', undefined);
    expect(asked).toEqual([]);
  });

  it('without JavaScript what the server knows', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    pages.push(page);
    await page.goto(origin);
    await says(page, '#source-count', '2 sources, 1 in trouble');
    expect(await page.textContent('#newest')).toMatch(/now|minutes? ago/);
    await says(page, '#timer', undefined);
  });
});
