import { eventually } from '@quotewire/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { startStandalone } from './support/start-process.ts';

describeWithBrowser('the console of the stream', () => {
  let browser: Browser;
  let page: Page;
  let url: string;

  const textOf = async (selector: string) => (await page.textContent(selector)) ?? '';
  const says = (selector: string, pattern: RegExp) =>
    eventually(async () => pattern.test(await textOf(selector)), {
      what: `${selector} says ${pattern}`,
      timeoutMs: 30_000,
    });

  beforeAll(async () => {
    url = await startStandalone();
    browser = await launchBrowser();
    page = await browser.newPage();
    await page.goto(`${url}/console`);
  });
  afterAll(() => browser?.close());

  it('shows the frames as they arrive, and the cursor', async () => {
    await says('#frames', /^retry: \d+/);
    await says('#frames', /id: \S+\nevent: newQuote\ndata: \{"id"/);
    await says('#cursor', /^\d+-[0-9a-f]{12}$/);
    expect(await textOf('#connection')).toBe('Live');
  });

  it('holds frames back while it is paused', async () => {
    await page.click('#pause');
    const shown = await page.locator('#frames pre').count();
    await says('#count', /, [1-9]\d* held back\.$/);
    expect(await page.locator('#frames pre').count()).toBe(shown);
    await page.click('#pause');
    expect(await page.locator('#frames pre').count()).toBeGreaterThan(shown);
    await page.click('#clear');
    expect(await page.locator('#frames pre').count()).toBeLessThan(shown);
  });

  it('resumes from its cursor, without a gap', async () => {
    await page.click('#resume');
    await says('#frames', /retry: \d+/);
    await says('#frames', /event: newQuote/);
    expect(await textOf('#frames')).not.toContain('event: gap');
  });

  it('connects as the form says, and shows what does the same', async () => {
    await page.fill('[name=tag]', "love'n'life");
    await page.fill('[name=lastEventId]', 'nonsense');
    const query = 'tag=love%27n%27life&limit=5&lastEventId=nonsense';
    expect(await textOf('#curl')).toBe(`curl -N '${url}/quoteEvent?${query}'`);
    expect(await textOf('#event-source')).toContain(`EventSource('${url}/quoteEvent?${query}')`);
    await page.click('#request [type=submit]');
    await says('#frames', /event: gap\ndata: .*"malformed"/);
  });

  it('shows why a request is refused', async () => {
    await page.fill('[name=lastEventId]', '');
    await page.evaluate(`
      for (let index = 0; index < 21; index += 1) {
        const field = document.createElement('input');
        Object.assign(field, { name: 'source', value: 'site-' + index, type: 'hidden' });
        document.getElementById('request').append(field);
      }
    `);
    await page.click('#request [type=submit]');
    await says('#problem', /^Refused: .*20/);
    expect(await textOf('#connection')).toBe('Not connected');
  });

  it('links to what the stream takes and sends', async () => {
    await page.click('text=What the stream takes and sends');
    await says('#get-quoteevent', /GET \/quoteEvent/);
    expect(await textOf('#get-quoteevent')).toMatch(/lastEventId\?query.*tag\?querystring/);
    expect(await textOf('#summaries')).toContain('POST /messages');
    expect(await textOf('#post-messages')).toMatch(/sender: string\n.*message: string/s);
  });
});
