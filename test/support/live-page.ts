import { eventually } from '@quotewire/testing';
import type { Page } from 'playwright-core';

/** A quote as the live page shows it. */
export interface SeenQuote {
  readonly text: string;
  readonly author: string;
}

/** The quotes on the live page, from top to bottom. */
export function quotesOn(page: Page): Promise<SeenQuote[]> {
  return page.$$eval('.quote', (items) =>
    items.map((item) => ({
      text: item.querySelector('.text')?.textContent ?? '',
      author: item.querySelector('.author')?.textContent ?? '',
    })),
  );
}

/** Resolves when the page shows that it is connected. */
export async function isLive(page: Page): Promise<void> {
  await eventually(async () => /live/i.test((await page.textContent('#connection')) ?? ''), {
    what: 'the page shows that it is live',
  });
}
