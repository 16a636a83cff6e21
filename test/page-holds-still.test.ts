import { sourceStatus, type SourceStatus } from '@quotewire/events';
import { eventually } from '@quotewire/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { recordShifts, takeShifts } from './support/layout-shifts.ts';
import { isLive } from './support/live-page.ts';
import { describeWithQuoteStream, range } from './support/quote-stream.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const SMALL_PHONE = { ...PHONE, viewport: { width: 320, height: 640 } };
const DESKTOP = { viewport: { width: 1_280, height: 800 } };
const TROUBLES: [SourceStatus['state'], string][] = [
  ['broken', 'the item “div.quote” finds nothing on https://quotes.example.org/: has it changed?'],
  ['failing', 'https://quotes.example.org/page/2/ answered 503 five times in a row.'],
  ['blocked', 'The host asks for a pause of two hours.'],
];

describeWithQuoteStream('the live page', {}, (system) => {
  describeWithBrowser('holds still', () => {
    let browser: Browser;
    let last = 60;
    const sources = new Set<string>();
    const pages: Page[] = [];

    beforeAll(async () => {
      browser = await launchBrowser();
      await system.publisher.publish(range(1, last));
      await publishState('first', 'ok');
      await publishState('second', 'ok');
      await publishState('third', 'ok');
    });
    afterEach(async () => {
      for (const page of pages.splice(0)) await page.context().close();
      for (const source of sources) await publishState(source, 'ok');
    });
    afterAll(() => browser?.close());

    async function publishState(
      source: string,
      state: SourceStatus['state'],
      detail = '',
    ): Promise<void> {
      sources.add(source);
      const since = new Date().toISOString();
      await system.publisher.bus.publish(sourceStatus, { source, state, since, detail });
    }
    async function publishQuotes(count: number): Promise<void> {
      await system.publisher.publish(range(last + 1, last + count));
      last += count;
    }
    async function open(screen: object): Promise<Page> {
      const page = await (await browser.newContext(screen)).newPage();
      pages.push(page);
      await recordShifts(page);
      await page.goto(system.url);
      await isLive(page);
      await showsText(page, 'summary', new RegExp(`^${sources.size} sources$`));
      expect(await takeShifts(page)).toEqual([]);
      return page;
    }
    const showsText = (page: Page, selector: string, words: RegExp) =>
      eventually(async () => words.test((await page.textContent(selector)) ?? ''), {
        what: `${selector} says ${words}`,
      });

    /** Gets sources into trouble, one after the other, and one out of it, and adds a broken one. */
    async function troubleSources(page: Page): Promise<void> {
      const says = (bad: number) =>
        showsText(page, 'summary', new RegExp(`^${sources.size} sources, ${bad} in trouble`));
      for (const [index, source] of ['first', 'second', 'third'].entries()) {
        await publishState(source, ...(TROUBLES[index] ?? ['broken', '']));
        await says(index + 1);
      }
      await publishState('first', 'ok');
      await says(2);
      await publishState(`another ${sources.size}`, 'broken', 'It answers nothing.');
      await says(3);
    }

    const topOf = (page: Page, text: string) =>
      page.evaluate<number>(`[...document.querySelectorAll('.quote .text')]
        .find(({ textContent }) => textContent === '${text}').getBoundingClientRect().top`);

    async function openList(page: Page): Promise<void> {
      if (!(await page.locator('#source-list').isVisible())) await page.click('summary');
      await page.waitForSelector('#source-list li');
    }

    for (const [device, screen] of [
      ['a phone', PHONE],
      ['a small phone', SMALL_PHONE],
      ['a desktop', DESKTOP],
    ] as const) {
      it(`on ${device} while sources get into trouble and out of it`, async () => {
        const page = await open(screen);
        await troubleSources(page);
        expect(await takeShifts(page)).toEqual([]);
      });

      it(`on ${device} below an open list of sources, which stays up to date`, async () => {
        const page = await open(screen);
        await openList(page);
        await takeShifts(page);
        const top = await topOf(page, `quote ${last}`);
        await troubleSources(page);
        expect(await page.textContent('#source-list li:first-child')).toContain('broken since');
        expect(await takeShifts(page)).toEqual([]);
        expect(await topOf(page, `quote ${last}`)).toBeCloseTo(top, 0);
      });

      it(`on ${device} for a reader who has scrolled, also when the connection is lost`, async () => {
        const page = await open(screen);
        const read = `quote ${last - 4}`;
        await page.evaluate('scrollTo(0, 500)');
        await takeShifts(page);
        const top = await topOf(page, read);
        await publishQuotes(1);
        await showsText(page, '#jump', /^1 new quote$/);
        await troubleSources(page);
        await page.context().setOffline(true);
        await showsText(page, '#connection', /^Offline/);
        await publishQuotes(13);
        await page.context().setOffline(false);
        await showsText(page, '#jump', /^14 new quotes$/);
        await isLive(page);
        expect(await takeShifts(page)).toEqual([]);
        expect(await topOf(page, read)).toBeCloseTo(top, 0);
      });

      it(`on ${device} for a reader who has paused`, async () => {
        const page = await open(screen);
        await page.click('#pause');
        await showsText(page, '#connection', /^Paused$/);
        await takeShifts(page);
        for (const waiting of [1, 10]) {
          await publishQuotes(waiting === 1 ? 1 : 9);
          await showsText(page, '#pause', new RegExp(`^Resume, ${waiting} new$`));
        }
        await troubleSources(page);
        await page.context().setOffline(true);
        await showsText(page, '#connection', /^Paused. Offline/);
        expect(await takeShifts(page)).toEqual([]);
      });
    }

    it.for([
      ['under the pointer', (page: Page) => page.hover('.quote >> nth=0')],
      ['for the focus', (page: Page) => page.keyboard.press('j')],
    ] as const)('%s in the feed', async ([, read]) => {
      const page = await open(DESKTOP);
      await read(page);
      await takeShifts(page);
      await publishQuotes(1);
      await showsText(page, '#jump', /^1 new quote$/);
      await troubleSources(page);
      await publishQuotes(11);
      await showsText(page, '#jump', /^12 new quotes$/);
      expect(await takeShifts(page)).toEqual([]);
    });

    it('under the pointer in the list of sources, which changes afterwards', async () => {
      const page = await open(DESKTOP);
      await openList(page);
      await page.hover('#source-list li >> nth=1');
      const before = await page.textContent('#source-list');
      await troubleSources(page);
      expect(await page.textContent('#source-list')).toBe(before);
      await page.hover('h1');
      await showsText(page, '#source-list', /broken since/);
    });
  });
});
