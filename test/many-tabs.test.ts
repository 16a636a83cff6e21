import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { eventually } from '@quotewire/testing';
import { seenOn, serveStreamSite, stateOn, type StreamSite } from './support/stream-site.ts';

describeWithBrowser('many tabs with one stream', () => {
  let browser: Browser;
  let site: StreamSite;
  let context: BrowserContext;
  let pages: Page[];

  beforeAll(async () => {
    site = await serveStreamSite();
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    context = await browser.newContext();
    pages = [];
  });
  afterEach(async () => {
    await context.close();
    await eventually(() => site.openStreams() === 0, {
      what: 'the streams of all tabs are closed',
    });
  });

  async function openTab(query = '?load'): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${site.url}/${query}`);
    pages.push(page);
    return page;
  }
  async function openTabs(count: number, query?: string): Promise<void> {
    for (let index = 0; index < count; index += 1) await openTab(query);
  }
  const areLive = async (tabs = pages) => {
    for (const tab of tabs) {
      await eventually(async () => (await stateOn(tab)) === 'live', { what: 'each tab is live' });
    }
  };
  /** Each has every number once, in order. */
  const haveAll = async (tabs = pages) => {
    for (const tab of tabs) {
      const expected = site.numbers();
      await eventually(async () => (await seenOn(tab)).length >= expected.length, {
        what: `a tab has ${expected.length} numbers`,
      }).catch(() => {});
      expect(await seenOn(tab)).toEqual(expected);
    }
  };
  /** Resolves with the number of streams, as soon as it is right. */
  const streams = async (expected: number) => {
    await eventually(() => site.openStreams() === expected, { what: `${expected} streams` });
    return site.openStreams();
  };

  it('share one connection, whenever each was opened', async () => {
    site.append(3);
    await openTab();
    for (let count = 0; count < 11; count += 1) {
      site.append(2);
      await openTab();
    }
    site.append(5);
    await areLive();
    expect(await streams(1)).toBe(1);
    await haveAll();
  });

  it('share one connection for each filter', async () => {
    await openTabs(2);
    await openTabs(3, '?even&limit=1000');
    site.append(4);
    await areLive();
    const even = site.numbers().filter((number) => number % 2 === 0);
    for (const page of pages.slice(2)) {
      await eventually(async () => (await seenOn(page)).length >= even.length, {
        what: 'each tab has the even numbers',
      });
      expect(await seenOn(page)).toEqual(even);
    }
    expect(await streams(2)).toBe(2);
  });

  it.for([
    ['closed', (page: Page) => page.close()],
    [
      'crashed',
      async (page: Page) => {
        const session = await context.newCDPSession(page);
        const crashed = page.waitForEvent('crash');
        void session.send('Page.crash').catch(() => {});
        await crashed;
      },
    ],
    ['reloaded', (page: Page) => page.reload()],
    ['left', (page: Page) => page.goto('about:blank')],
  ] as const)('continue without a hole when the leading tab is %s', async ([how, leave]) => {
    await openTabs(4);
    await areLive();
    await streams(1);
    const [leader, ...others] = pages;
    if (leader === undefined) throw new Error('there is no tab');
    site.append(2);
    await leave(leader);
    site.append(2);
    await streams(1);
    site.append(2);
    await haveAll(how === 'reloaded' ? pages : others);
    await areLive(others);
    expect(await streams(1)).toBe(1);
  });

  it('continue when the browser freezes the leading tab, which catches up later', async () => {
    await openTabs(4);
    await areLive();
    const [leader, ...others] = pages;
    if (leader === undefined) throw new Error('there is no tab');
    const session = await context.newCDPSession(leader);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    site.append(2);
    await haveAll(others);
    await streams(1);
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    site.append(2);
    await haveAll();
    await areLive();
    expect(await streams(1)).toBe(1);
  });

  it('take over from a hanging tab that keeps its lock and sends nothing', async () => {
    await openTabs(4);
    await areLive();
    const [leader, ...others] = pages;
    if (leader === undefined) throw new Error('there is no tab');
    site.hold(true);
    const hung = leader.evaluate(() => (Reflect.get(globalThis, 'hang') as () => void)());
    site.append(3);
    await haveAll(others);
    await areLive(others);
    site.hold(false);
    await hung;
    site.append(3);
    await haveAll();
    await areLive();
    expect(await streams(1)).toBe(1);
  });

  it('all show that the server refuses, and recover together', async () => {
    await openTabs(4);
    await areLive();
    site.refuse(true);
    site.cut();
    for (const page of pages) {
      await eventually(async () => (await stateOn(page)) === 'reconnecting', {
        what: 'each tab shows that it reconnects',
      });
    }
    site.append(2);
    site.refuse(false);
    await haveAll();
    await areLive();
    expect(await streams(1)).toBe(1);
  });

  it('close their stream in the background, even if opened there, and resume at their cursor', async () => {
    const hide = (page: Page, isHidden: boolean) =>
      page.evaluate((isHidden) => {
        const { document } = globalThis as unknown as { document: EventTarget };
        Object.defineProperty(document, 'hidden', { configurable: true, value: isHidden });
        document.dispatchEvent(new Event('visibilitychange'));
      }, isHidden);
    await openTab('?load&rest=0');
    const [page] = pages;
    if (page === undefined) throw new Error('there is no tab');
    await areLive();
    await hide(page, true);
    await eventually(async () => (await stateOn(page)) === 'resting', { what: 'it rests' });
    await eventually(() => site.openStreams() === 0, { what: 'it has no stream' });
    site.append(2);
    await hide(page, false);
    await haveAll();

    const behind = await context.newPage();
    await behind.addInitScript(() => {
      Object.defineProperty(Reflect.get(globalThis, 'document'), 'hidden', {
        configurable: true,
        value: true,
      });
    });
    await behind.goto(`${site.url}/?load&rest=0`);
    await eventually(async () => (await stateOn(behind)) === 'resting', { what: 'it rests' });
    expect(await streams(1)).toBe(1);
  });

  it('have a connection each if the browser has no Web Locks', async () => {
    await context.addInitScript(() => {
      Object.defineProperty(Reflect.get(globalThis, 'navigator'), 'locks', { value: undefined });
    });
    await openTabs(2);
    await areLive();
    site.append(2);
    await haveAll();
    expect(site.openStreams()).toBe(2);
  });
});
