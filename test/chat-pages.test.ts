import { eventually } from '@quotewire/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { post, postFrom } from './support/chat.ts';
import { spawnProcess } from './support/start-process.ts';

describeWithBrowser('the pages of the chat', () => {
  let browser: Browser;
  let chatUrl: string;
  const errors: string[] = [];

  async function show(path: string, { width = 1_280 } = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('dialog', (dialog) => {
      errors.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(`${chatUrl}${path}`);
    return page;
  }
  const says = (page: Page, selector: string, text: string) =>
    eventually(async () => (await page.textContent(selector))?.includes(text), {
      what: `${selector} says "${text}"`,
    });

  beforeAll(async () => {
    const standalone = spawnProcess('standalone', { env: { PORT: '0' } });
    const line = await standalone.waitForLine((text) => text.startsWith('A chat:'), 'its address');
    chatUrl = /http:\S+(?=\/chat)/.exec(line)?.[0] ?? '';
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('send a message by keyboard on one page, and show it on the other', async () => {
    const writer = await show('/chat');
    const reader = await show('/chat/stream');
    await writer.focus('#sender');
    await writer.keyboard.type('Grace');
    await writer.keyboard.press('Tab');
    await writer.keyboard.type('Over');
    await writer.keyboard.press('Shift+Enter');
    await writer.keyboard.type('the wire');
    await writer.keyboard.press('Enter');
    for (const page of [writer, reader]) await says(page, '#messages', 'Over\nthe wire');
    expect(await reader.textContent('#messages .sender')).toBe('Grace');
    expect(await reader.locator('#messages li').count()).toBe(1);
    await says(writer, '#outcome', 'Sent.');
    expect(await writer.inputValue('#message')).toBe('');
    expect(await writer.inputValue('#sender')).toBe('Grace');
    expect(await writer.textContent('#connection')).toBe('Live');
    await writer.close();
    await reader.close();
  });

  it('show why a message was not sent, and keep its text', async () => {
    const page = await show('/chat');
    await page.fill('#sender', 'Grace');
    await page.fill('#message', '   ');
    await page.click('text=Send');
    await says(page, '#outcome', 'Your name and a message are needed.');
    await page.fill('#message', '\u200B');
    await page.click('text=Send');
    await says(page, '#outcome', 'Not sent: body/message must NOT have fewer');
    expect(await page.inputValue('#message')).toBe('\u200B');
    await page.close();
  });

  it.for([
    [
      'markup',
      { sender: '<b>Eve</b>', message: '<img src=x onerror=alert(1)><script>alert(2)</script>' },
    ],
    [
      'a direction that is left open',
      { sender: 'Eve \u202EevE', message: 'abc \u202Edef \u2067ghi' },
    ],
    ['a word without an end', { sender: 'W'.repeat(50), message: 'W'.repeat(2_000) }],
    ['a pile of accents', { sender: 'Eve', message: `Z${'\u0336\u0354\u034E'.repeat(600)}` }],
  ] as const)('show %s as plain text, within its own line', async ([, hostile]) => {
    expect((await post(chatUrl, hostile)).status).toBe(201);
    await postFrom('127.0.3.1', ['After'], { to: chatUrl });
    const page = await show('/chat/stream');
    await says(page, '#messages', hostile.message);
    const item = page.locator('#messages li').nth(-2);
    expect(await item.locator('.sender').textContent()).toBe(hostile.sender);
    expect(await item.locator('.message').textContent()).toBe(hostile.message);
    expect(await page.locator('#messages :is(img, script, b)').count()).toBe(0);
    for (const box of [page.locator('html'), page.locator('#messages')]) {
      expect(await box.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
    }
    for (const part of [item.locator('.sender'), item.locator('.message')]) {
      const { overflow, unicodeBidi } = await part.evaluate((element) =>
        element.ownerDocument.defaultView.getComputedStyle(element),
      );
      expect([overflow, unicodeBidi]).toEqual(['clip', expect.stringMatching('isolate')]);
    }
    await page.close();
  });

  it('keep the scroll position of a reader who has scrolled up, and count the new messages', async () => {
    await postFrom(
      '127.0.3.2',
      Array.from({ length: 20 }, (_, index) => `line ${index}`),
      {
        to: chatUrl,
      },
    );
    const page = await show('/chat/stream');
    await says(page, '#messages', 'line 19');
    const list = page.locator('#messages');
    await list.evaluate((element) => element.scrollTo({ top: 0 }));
    await postFrom('127.0.3.2', ['One more'], { to: chatUrl });
    await says(page, '#jump', '1 new');
    expect(await list.evaluate((element) => element.scrollTop)).toBe(0);
    await page.click('#jump');
    await eventually(() => page.locator('#jump').isHidden(), {
      what: 'the count of new messages disappears',
    });
    expect(await list.evaluate((element) => element.scrollTop)).toBeGreaterThan(0);
    await page.close();
  });

  it.for([
    ['both in one view where there is room', 1_280, true],
    ['one at a time where there is not', 390, false],
  ] as const)('show %s', async ([, width, hasBoth]) => {
    const page = await show('/chat', { width });
    await says(page, '#messages', 'One more');
    expect(await page.locator('#send').isVisible()).toBe(true);
    expect(await page.locator('#messages').isVisible()).toBe(hasBoth);
    await page.click('a[href="/chat/stream"]');
    await eventually(() => page.locator('#messages').isVisible(), { what: 'the messages show' });
    expect(new URL(page.url()).pathname).toBe('/chat/stream');
    await page.close();
  });

  it('run no script of a message', () => {
    expect(errors).toEqual([]);
  });
});
