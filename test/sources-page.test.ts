import { readFileSync } from 'node:fs';
import { eventually } from '@quotewire/testing';
import { serveSite, type Site } from '@quotewire/testing/serve-site';
import { writeSources } from '@quotewire/testing/write-sources';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { quotesOn } from './support/live-page.ts';
import { startStandalone } from './support/start-process.ts';

const TOKEN = 'a-long-secret';
const QUOTES = ['Well begun is half done.', 'Nothing in excess.', 'All things are full of gods.'];
const TIMEOUT_MS = 60_000;

describeWithBrowser('the page of the sources', () => {
  let browser: Browser;
  let site: Site;
  let path: string;
  let origin: string;
  const errors: string[] = [];

  async function show(address: string): Promise<Page> {
    const page = await browser.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(origin + address);
    return page;
  }
  const says = (page: Page, selector: string, text: string) =>
    eventually(async () => (await page.textContent(selector))?.includes(text), {
      what: `${selector} says "${text}"`,
      timeoutMs: TIMEOUT_MS,
    });

  beforeAll(async () => {
    site = await serveSite((_, response) => {
      const items = QUOTES.map(
        (text) => `<div class="quote"><q>${text}</q> <b class="author">Solon</b></div>`,
      );
      response.writeHead(200, { 'content-type': 'text/html' }).end(items.join('\n'));
    });
    const idle = (name: string) => ({
      name,
      enabled: false,
      url: `${site.url}/${name}`,
      item: 'p',
      fields: { text: ':scope' },
    });
    path = writeSources([idle('idle-10'), idle('idle-2')]);
    const env = { PORT: '0', HOST: '127.0.0.1', SOURCES_FILE: path, ADMIN_TOKEN: TOKEN };
    origin = await startStandalone(env);
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('adds a source, whose quotes come to the live page without a restart', async () => {
    const page = await show('/sources#add');
    await page.fill('#url', `${site.url}/wise`);
    await page.press('#url', 'Enter');
    await page.waitForSelector('#token-dialog[open]', { timeout: TIMEOUT_MS });
    await page.keyboard.type(TOKEN);
    await page.keyboard.press('Enter');
    await says(page, '#found', '3 quotes would be published');
    expect(await page.evaluate('document.activeElement.id')).toBe('url');

    const entry = JSON.parse(await page.inputValue('#entry')) as { fields: object };
    await page.fill('#entry', JSON.stringify({ ...entry, name: 'wise', item: 'div.nothing' }));
    await says(page, '#found', 'Nothing would be published: item finds nothing');
    await page.fill('#entry', JSON.stringify({ ...entry, name: 'wise' }));
    await says(page, '#found', '3 quotes would be published');
    expect(site.requests.filter((asked) => asked === '/wise')).toHaveLength(1);

    await page.click('#save');
    await says(page, '#add-message', `Saved wise in ${path}.`);
    expect(readFileSync(path, 'utf8')).toContain('"name": "wise"');
    await says(page, '#rows tr:first-child', 'Fine');
    expect(await page.$$eval('.source-name', (all) => all.map((one) => one.textContent))).toEqual([
      'wise',
      'idle-2',
      'idle-10',
    ]);
    const live = await show('/');
    await eventually(async () => (await quotesOn(live)).some(({ author }) => author === 'Solon'), {
      what: 'a quote of the new source on the live page',
      timeoutMs: TIMEOUT_MS,
    });
    await live.close();

    await page.fill('#search', 'idle');
    await says(page, '#count', '2 of 3');
    await page.click('[aria-label="Preview idle-2"]');
    await says(page, '#preview-found', 'Nothing would be published');
    await page.close();
  });

  it('of the timer keeps a selection, and the focus after the token', async () => {
    const page = await show('/timer');
    await says(page, '#source-rows', 'idle-2');
    await page.evaluate(
      "getSelection().selectAllChildren(document.querySelector('#source-rows tr:last-child th'))",
    );
    const last = await page.textContent('#source-rows tr:last-child td:last-child');
    await eventually(
      async () => (await page.textContent('#source-rows tr:last-child td:last-child')) !== last,
      { what: 'the table is updated', timeoutMs: TIMEOUT_MS },
    );
    expect(await page.evaluate('getSelection().toString()')).toBe('wise');
    expect(await page.$$eval('#tick-source option', (all) => all.map((one) => one.value))).toEqual([
      '',
      'wise',
    ]);
    await page.focus('#tick');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#token-dialog[open]', { timeout: TIMEOUT_MS });
    await page.keyboard.type('wrong-token');
    await page.keyboard.press('Enter');
    await says(page, '#token-dialog', 'That isn’t the token.');
    await page.keyboard.type(TOKEN);
    await page.keyboard.press('Enter');
    await says(page, '#message', 'Asked for a look at wise.');
    expect(await page.evaluate('document.activeElement.id')).toBe('tick');
    await page.close();
  });

  it('has no error on any page', () => {
    expect(errors).toEqual([]);
  });
});
