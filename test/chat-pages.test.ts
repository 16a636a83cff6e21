import { eventually } from '@quotewire/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { post, postFrom } from './support/chat.ts';
import { startStandalone } from './support/start-process.ts';

describeWithBrowser('the pages of the chat', () => {
  let browser: Browser;
  let chatUrl: string;
  const errors: string[] = [];

  async function show(
    path: string,
    {
      width = 1_280,
      height = 800,
      ...options
    }: { width?: number; height?: number; locale?: string } = {},
  ): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height }, ...options });
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
    chatUrl = await startStandalone();
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
    for (const box of [page.locator('html'), page.locator('#log')]) {
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
    const list = page.locator('#log');
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
    ['on a desktop', { width: 1_280, height: 800 }],
    ['at 200 % zoom', { width: 640, height: 400 }],
    ['on a phone', { width: 390, height: 844 }],
  ] as const)('show the messages above a compact form %s', async ([, viewport]) => {
    const page = await show('/chat', viewport);
    await says(page, '#messages', 'One more');
    const boxOf = async (selector: string) => {
      const box = await page.locator(selector).boundingBox();
      return { top: box?.y ?? 0, bottom: (box?.y ?? 0) + (box?.height ?? 0) };
    };
    const log = await boxOf('#log');
    const form = await boxOf('#send');
    expect(log.bottom).toBeLessThan(form.top);
    expect(form.bottom).toBeLessThanOrEqual(viewport.height);
    expect(log.bottom - log.top).toBeGreaterThan(form.bottom - form.top);
    expect((await boxOf('#messages li:last-child')).bottom).toBeLessThanOrEqual(log.bottom);
    await page.close();
  });

  it('keep the focus in the message that is next, and remember the name', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${chatUrl}/chat`);
    await page.fill('#sender', 'Ada');
    await page.fill('#message', 'One from Ada');
    await page.click('text=Send');
    await says(page, '#outcome', 'Sent.');
    expect(await page.evaluate('document.activeElement.id')).toBe('message');
    const next = await context.newPage();
    await next.goto(`${chatUrl}/chat`);
    await eventually(async () => (await next.inputValue('#sender')) === 'Ada', {
      what: 'the next page knows the name',
    });
    await context.close();
  });

  it('send where the browser stores nothing', async () => {
    const page = await browser.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    await page.addInitScript(`Object.defineProperty(globalThis, 'localStorage', {
      get() { throw new DOMException('denied', 'SecurityError'); },
    });`);
    await page.goto(`${chatUrl}/chat`);
    await page.fill('#sender', 'Ada');
    await page.fill('#message', 'Nothing is stored');
    await page.keyboard.press('Enter');
    await says(page, '#outcome', 'Sent.');
    expect(await page.inputValue('#sender')).toBe('Ada');
    await page.close();
  });

  it('announce what is new, and not the history', async () => {
    const page = await browser.newPage();
    await page.addInitScript(`
      added = [];
      new MutationObserver((changes) => {
        for (const { addedNodes } of changes) for (const { localName, textContent } of addedNodes) {
          if (localName === 'li') added.push([textContent, document.getElementById('log').role]);
        }
      }).observe(document, { childList: true, subtree: true });
    `);
    await postFrom('127.0.3.3', ['The last of the history'], { to: chatUrl });
    // the history may come in parts, with pauses: the page's time passes once all of it is there
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.goto(`${chatUrl}/chat`);
    await says(page, '#messages', 'The last of the history');
    await eventually(
      async () => {
        await page.clock.runFor(1_000);
        return (await page.locator('#log').getAttribute('role')) === 'log';
      },
      { what: 'the messages are a live region' },
    );
    await postFrom('127.0.3.3', ['Fresh'], { to: chatUrl });
    await says(page, '#messages', 'Fresh');
    const added = await page.evaluate<[string, string][]>('added');
    const fresh = added.findIndex(([text]) => text.includes('Fresh'));
    expect(fresh).toBeGreaterThan(20);
    expect(new Set(added.slice(0, fresh).map(([, role]) => role))).toEqual(new Set(['group']));
    expect(added.slice(fresh).map(([, role]) => role)).toEqual(['log']);
    await page.close();
  });

  it('leave room for accents on top of each other', async () => {
    await postFrom('127.0.3.4', ['E\u0302\u0301\u0323'], { to: chatUrl });
    const page = await show('/chat/stream');
    await says(page, '#messages', 'E\u0302\u0301\u0323');
    for (const part of ['.sender', '.message']) {
      const room = await page.locator(`#messages li:last-child ${part}`).evaluate((element) => {
        const range = element.ownerDocument.createRange();
        range.selectNodeContents(element);
        return range.getBoundingClientRect().top - element.getBoundingClientRect().top;
      });
      expect(room).toBeGreaterThan(8);
    }
    await page.close();
  });

  it.for([
    ['en-US', /\d:\d\d\s[AP]M$/],
    ['de-DE', /\d\d:\d\d$/],
  ] as const)('show times as readers of %s write them', async ([locale, pattern]) => {
    const page = await show('/chat/stream', { locale });
    await says(page, '#messages', 'One more');
    expect(await page.textContent('#messages li:last-child time')).toMatch(pattern);
    await page.close();
  });

  it('run no script of a message', () => {
    expect(errors).toEqual([]);
  });
});
