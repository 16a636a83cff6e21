import { fileURLToPath } from 'node:url';
import { readCommandLine, UsageError } from '@quotewire/terminal';
import { chromium, errors, type Page } from 'playwright-core';

const address = readCommandLine(
  {
    command: 'npm run screenshot --',
    summary: 'Takes the picture of the live page for the README, in docs/live-page.png.',
    operands: '[<url>]',
    options: {},
    notes:
      '<url> is the live page (default: http://127.0.0.1:8080/); CHROMIUM_PATH is the browser.',
    examples: ['npm run screenshot', 'npm run screenshot -- http://127.0.0.1:9080/'],
  },
  ({ positionals: [url = 'http://127.0.0.1:8080/', ...others] }) => {
    if (others.length > 0 || !/^https?:/.test(url))
      throw new UsageError(`"${[url, ...others].join(' ')}" isn't a url: give one, with http://`);
    return url;
  },
);
const picture = fileURLToPath(new URL('../docs/live-page.png', import.meta.url));
const enoughQuotes = 6;
const timeoutMs = 60_000;

/** Waits until the page is live and has enough quotes; after a minute, rejects with what's missing. */
async function waitForQuotes(page: Page): Promise<void> {
  try {
    await page
      .locator('.quote')
      .nth(enoughQuotes - 1)
      .waitFor({ timeout: timeoutMs });
    await page.locator('#connection[data-state=live]').waitFor({ timeout: timeoutMs });
  } catch (err) {
    if (!(err instanceof errors.TimeoutError)) throw err;
    const quotes = await page.locator('.quote').count();
    const connection = await page.locator('#connection').textContent();
    throw new Error(
      `${address} has ${quotes} of ${enoughQuotes} quotes and says "${connection}" after ${timeoutMs / 1_000} s: is the timer started?`,
      { cause: err },
    );
  }
}

async function takePicture(): Promise<void> {
  await fetch(address, { signal: AbortSignal.timeout(5_000) }).catch((err: unknown) => {
    throw new Error(
      `nothing answers at ${address}: run "npm start" first, or give the address: npm run screenshot -- http://…`,
      { cause: err },
    );
  });
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--disable-sync',
    ],
  });
  try {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 800 },
      deviceScaleFactor: 1,
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    await page.goto(address);
    await waitForQuotes(page);
    await page.screenshot({ path: picture });
  } finally {
    await browser.close();
  }
}

try {
  await takePicture();
  console.log(`wrote ${picture}`);
} catch (err) {
  console.error(err instanceof Error ? err.message.split('\n', 1)[0] : err);
  process.exitCode = 1;
}
