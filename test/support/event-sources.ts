import type { Page } from 'playwright-core';

/** The state of an `EventSource` of a page, and what it has received. */
export interface SeenStream {
  /** The absolute URL. */
  readonly url: string;
  /** The number of each quote, and the offset in the cursor of each other event. */
  readonly seen: readonly number[];
  readonly gaps: readonly string[];
  readonly isOpen: boolean;
  /** Whether it has given up reconnecting. */
  readonly isClosed: boolean;
}

/** Opens an `EventSource` in a page for each URL; they stay open as long as the page. */
export async function openEventSources(page: Page, urls: readonly string[]): Promise<void> {
  await page.evaluate((given) => {
    const streams = given.map((url) => {
      const source = new EventSource(url);
      const seen: number[] = [];
      const gaps: string[] = [];
      const on = (name: string, take: (event: MessageEvent) => void) =>
        source.addEventListener(name, (event) => take(event as MessageEvent));
      on('newQuote', ({ data }) => seen.push(Number(/quote (\d+)/.exec(data as string)?.[1])));
      for (const name of ['message', 'est', 'pdt']) {
        on(name, ({ lastEventId }) => seen.push(Number.parseInt(lastEventId)));
      }
      on('gap', ({ data }) => gaps.push(data as string));
      return { url: source.url, source, seen, gaps };
    });
    Object.assign(globalThis, { streams });
  }, urls);
}

/** Returns the state of each `EventSource` of a page. */
export function readEventSources(page: Page): Promise<SeenStream[]> {
  return page.evaluate(() => {
    type Stream = { url: string; source: EventSource; seen: number[]; gaps: string[] };
    const { streams } = globalThis as unknown as { streams: Stream[] };
    return streams.map(({ url, source, seen, gaps }) => ({
      url,
      seen,
      gaps,
      isOpen: source.readyState === EventSource.OPEN,
      isClosed: source.readyState === EventSource.CLOSED,
    }));
  });
}
