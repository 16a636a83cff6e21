import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { eventually } from '@quotewire/testing';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { startStandalone } from './support/start-process.ts';

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

/** Each page, and what it has once it is filled. */
const PAGES = [
  ['/', '.quote'],
  ['/?source=sample-site', '.quote'],
  ['/quotes/:id', '.quote'],
  ['/sources', '#rows tr'],
  ['/timer', '#source-rows *'],
  ['/clock', '#raw:has-text("data: ")'],
  ['/counter', '#connect'],
  ['/chat', '#log[role=log]'],
  ['/chat/stream', '#log[role=log]'],
  ['/console', '#frames pre'],
  ['/docs', 'article'],
] as const;
type List = { quotes: { id: string }[] };
const SCREENS = [
  { width: 1_280, height: 800 },
  { width: 390, height: 844 },
];

describeWithBrowser('every page', () => {
  let browser: Browser;
  let url: string;

  /** The address of a page; for that of a quote, of the newest one. */
  async function addressOf(path: string): Promise<string> {
    if (!path.includes(':id')) return url + path;
    const newest = await eventually(
      async () => {
        const { quotes } = (await (await fetch(`${url}/quotes?limit=1`)).json()) as List;
        return quotes[0];
      },
      { what: 'there is a quote' },
    );
    return url + path.replace(':id', newest.id);
  }

  async function findings(page: Page, what: string): Promise<string[]> {
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target }) => `${what}: ${id} at ${target.join(' ')}`),
    );
  }

  beforeAll(async () => {
    url = await startStandalone();
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it.for(PAGES)(
    '%s has nothing that axe-core finds, no error, and no horizontal scrolling',
    async ([path, filled]) => {
      // n.b. colours in the middle of a transition say nothing
      const page = await browser.newPage({ reducedMotion: 'reduce' });
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      // n.b. violations of the content security policy are errors of the console
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      await page.goto(await addressOf(path));
      await page.waitForSelector(filled);
      await page.evaluate(axeSource);
      for (const screen of SCREENS) {
        await page.setViewportSize(screen);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          problems.push(...(await findings(page, `${screen.width} px, ${colorScheme}`)));
        }
      }
      await page.setViewportSize({ width: 320, height: 640 });
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(problems).toEqual([]);
      expect(width).toBe(320);
      await page.close();
    },
  );
});
