import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { eventually } from '@quotewire/testing';
import { startStandalone } from './support/start-process.ts';

const STREAMS = ['/quoteEvent', '/clockEvent', '/messages'];

describeWithBrowser(
  'twelve tabs of the live page with and without filters, the clock and the chat',
  () => {
    let browser: Browser;
    let context: BrowserContext;
    let urls: string[];
    /** Requests of streams that have not ended. */
    const open = new Set<Request>();
    const pathOf = (request: Request) => new URL(request.url()).pathname;
    const openOf = (path: string) => [...open].filter((request) => pathOf(request) === path).length;
    const most = new Map<string, number>();

    beforeAll(async () => {
      const origin = await startStandalone();
      urls = ['/', '/clock', '/chat', '/?author=Nobody&tag=love', '/?source=sample-site'].map(
        (path) => origin + path,
      );
      browser = await launchBrowser();
      context = await browser.newContext();
      context.on('request', (request) => {
        const path = pathOf(request);
        if (!STREAMS.includes(path) || request.method() !== 'GET') return;
        open.add(request);
        most.set(path, Math.max(most.get(path) ?? 0, openOf(path)));
      });
      context.on('requestfinished', (request) => void open.delete(request));
      context.on('requestfailed', (request) => void open.delete(request));
    });
    afterAll(() => browser?.close());

    /** Half of them are opened in the background. */
    async function openTab(index: number): Promise<Page> {
      const page = await context.newPage();
      if (index % 2 === 1) {
        await page.addInitScript(() => {
          const document = Reflect.get(globalThis, 'document') as object;
          Object.defineProperty(document, 'hidden', { value: true });
        });
      }
      await page.goto(urls[index % urls.length] ?? '');
      return page;
    }

    it('are live over at most two connections for each stream', async () => {
      const tabs: Page[] = [];
      for (let index = 0; index < 12; index += 1) tabs.push(await openTab(index));
      for (const [index, tab] of tabs.entries()) {
        // a clock misses nothing in the background
        const isResting = index % 2 === 1 && tab.url().endsWith('/clock');
        const words = isResting ? 'Resting in the background' : 'Live';
        await eventually(async () => (await tab.textContent('#connection')) === words, {
          what: `${tab.url()} shows "${words}"`,
          timeoutMs: 30_000,
        });
      }
      for (const path of STREAMS) {
        await eventually(() => openOf(path) <= 2, { what: `${path} has two connections at most` });
        expect(most.get(path)).toBeLessThanOrEqual(2);
        expect(openOf(path)).toBeGreaterThan(0);
      }
    }, 180_000);
  },
);
