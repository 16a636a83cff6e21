import { type Quote, quoteId, quoteScraped, sourceStatus } from '@quotewire/events';
import { eventually } from '@quotewire/testing';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { recordShifts, takeShifts } from './support/layout-shifts.ts';
import { isLive } from './support/live-page.ts';
import { countObjects } from './support/page-objects.ts';
import { findOutside } from './support/painted-outside.ts';
import { describeWithQuoteStream } from './support/quote-stream.ts';
import { quoteOf } from './support/quotes.ts';

const withMarks = (letters: string, marks: string) =>
  letters.replaceAll(/./g, (letter) => letter + marks.repeat(25));
const KINDS = {
  'stacked accents': withMarks('Up', '\u0301') + withMarks('and down', '\u0323'),
  'marks that few fonts have': withMarks('Zalgo comes', '\u0301\u0323\u0336\u0354'),
  'right to left': 'الصبر مفتاح الفرج، والعجلة من الشيطان.',
  'both directions': 'שלום, he said, עולם, and \u202Eleft\u202C.',
  'a poem': 'Rose, oh reiner Widerspruch, Lust,\nNiemandes Schlaf zu sein\n\nunter soviel Lidern.',
  emoji: '👩‍👩‍👧‍👦🏳️‍🌈🇺🇳'.repeat(60),
  'ten thousand characters': 'All work and no play. '.repeat(454),
  'hostile markup': `</p></li></ol><script>document.title = 'x'</script><style>* { color: red }</style>`,
  'one word': 'w'.repeat(500),
};
const SCREENS = {
  'a small phone': { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true },
  'a desktop': { viewport: { width: 1_280, height: 800 } },
};
/** Regions that a screen reader reads out when they change, unless they're off. */
const LIVE_REGIONS = '[aria-live], [role=status], [role=alert], [role=log], output';

describeWithQuoteStream('the live page over time', { HISTORY_MAX_BYTES: '8000000' }, (system) => {
  describeWithBrowser('in Chromium', () => {
    let browser: Browser;
    let count = 0;
    const pages: Page[] = [];

    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterEach(async () => {
      for (const page of pages.splice(0)) await page.context().close();
    });
    afterAll(() => browser?.close());

    /** Publishes quotes in this order, numbered unless they have a text; resolves with the last. */
    async function publish(...quotes: Partial<Quote>[]): Promise<Quote> {
      const numbered = quotes.map((fields) => {
        count += 1;
        const scrapedAt = new Date(Date.UTC(2020) + count).toISOString();
        const quote = { ...quoteOf(`quote ${count}`), scrapedAt, ...fields };
        return { ...quote, id: quoteId(quote) };
      });
      await Promise.all(numbered.map((quote) => system.publisher.bus.publish(quoteScraped, quote)));
      return numbered.at(-1) as Quote;
    }
    /** Resolves once a page has received a quote, whether it shows it or not. */
    const hasReceived = (page: Page, { scrapedAt }: Quote) =>
      eventually(
        async () => (await page.locator('#newest time').getAttribute('datetime')) === scrapedAt,
        { what: 'the page has received the quote' },
      );

    const shows = (page: Page, selector: string, words: RegExp) =>
      eventually(async () => words.test((await page.textContent(selector)) ?? ''), {
        what: `${selector} shows ${words}`,
      });

    async function open(options: BrowserContextOptions, path = '/'): Promise<Page> {
      const page = await (await browser.newContext(options)).newPage();
      pages.push(page);
      await recordShifts(page);
      await page.goto(system.url + path);
      await isLive(page);
      return page;
    }

    it.for(Object.keys(SCREENS) as (keyof typeof SCREENS)[])(
      'lays texts of all kinds out on %s, each in its own place, and moves nothing for a reader',
      async (name) => {
        const { width } = SCREENS[name].viewport;
        const source = `for ${name}`;
        await publish(...Array.from({ length: 6 }, () => ({ source })));
        const options = { ...SCREENS[name], reducedMotion: 'reduce' } as const;
        const page = await open(options, `/?${new URLSearchParams({ source }).toString()}`);
        await page.evaluate('scrollTo(0, 300)');
        await takeShifts(page);
        const kinds = Object.entries(KINDS).flatMap(([kind, text]) => [
          // the same text twice would be the same quote
          {
            source,
            text: text + width,
            author: text.slice(0, 500),
            tags: [text.slice(0, 90), kind],
          },
          { source },
        ]);
        await hasReceived(page, await publish(...kinds));
        expect(await takeShifts(page)).toEqual([]);

        await page.click('#jump');
        await page.mouse.move(0, 0);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          expect(await findOutside(page, '.quote')).toEqual([]);
        }
        const texts = await page.locator('.quote .text').allTextContents();
        expect(texts.filter((text) => !/^quote \d+$/.test(text))).toEqual(
          Object.values(KINDS)
            .map((text) => text + width)
            .toReversed(),
        );
        expect(await page.title()).toBe(`${source} – Quotewire`);
        for (const unfold of await page.locator('.unfold').all()) await unfold.click();
        expect(await findOutside(page, '.quote')).toEqual([]);
      },
    );

    it('holds no more after 5,000 quotes than after 1,000, shown or held back', async () => {
      await publish(...Array.from({ length: 30 }, () => ({})));
      const top = await open({ viewport: { width: 1_280, height: 800 } });
      const scrolled = await open({ viewport: { width: 1_280, height: 800 } });
      await scrolled.evaluate('scrollTo(0, 600)');
      const publishMany = async (total: number) => {
        for (let published = 0; published < total; published += 250) {
          const last = await publish(...Array.from({ length: 250 }, () => ({})));
          for (const page of [top, scrolled]) await hasReceived(page, last);
        }
        await shows(top, '.quote .text', new RegExp(`^quote ${count}$`));
        await shows(scrolled, '#jump', /^1,000\+ new quotes$/);
      };
      await publishMany(1_000);
      const before = { top: await countObjects(top), scrolled: await countObjects(scrolled) };
      const more = 4_000;
      await publishMany(more);
      const after = { top: await countObjects(top), scrolled: await countObjects(scrolled) };
      for (const name of ['top', 'scrolled'] as const) {
        expect(after[name].listeners).toBe(before[name].listeners);
        // what differs by chance is far less than one for each quote
        expect(after[name].nodes - before[name].nodes).toBeLessThan(more / 10);
        expect(after[name].objects - before[name].objects).toBeLessThan(more / 10);
        expect(after[name].heapBytes - before[name].heapBytes).toBeLessThan(100 * more);
      }
    });

    it('says nothing while it is paused, nor in the background', async () => {
      const page = await open({});
      const listen = `
        globalThis.said = [];
        new MutationObserver((changes) => {
          for (const { target } of changes) {
            const element = target.nodeType === 1 ? target : target.parentElement;
            const region = element?.closest('${LIVE_REGIONS}');
            const isOff = region?.ariaLive === 'off';
            const isHidden = element?.closest('[aria-hidden=true]') ?? false;
            if (region && !isOff && !isHidden) said.push(region.id + ': ' + region.textContent);
          }
        }).observe(document, { childList: true, characterData: true, subtree: true });`;
      const hide = (isHidden: boolean) =>
        page.evaluate(`
          Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
          document.dispatchEvent(new Event('visibilitychange'));`);
      let sources = 0;
      const happen = async () => {
        await hasReceived(page, await publish({}, {}, {}));
        sources += 1;
        await system.publisher.bus.publish(sourceStatus, {
          source: `source ${sources}`,
          state: 'broken',
          since: new Date().toISOString(),
          detail: 'It answers nothing.',
        });
        await shows(page, '#source-count', new RegExp(`${sources} in trouble`));
        await page.context().setOffline(true);
        await shows(page, '#connection', /Offline/);
        await page.context().setOffline(false);
        await shows(page, '#connection', /^Live$|^Paused$/);
      };
      await page.click('#pause');
      await page.evaluate(listen);
      await happen();
      expect(await page.evaluate('said')).toEqual([]);
      await hide(true);
      await page.click('#pause');
      await happen();
      expect(await page.evaluate('said')).toEqual([]);
      await hide(false);
      await happen();
      expect(await page.evaluate('said')).toContainEqual(
        expect.stringMatching(/^connection: Offline/),
      );
    });
  });
});
