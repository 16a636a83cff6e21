import type { Page } from 'playwright-core';

/** What an `EventSource` of a page has seen. */
export interface SeenStream {
  /** With its origin. */
  readonly url: string;
  /** Of a quote its number, of anything else the offset in its cursor. */
  readonly seen: readonly number[];
  readonly gaps: readonly string[];
  readonly isOpen: boolean;
  /** It will never come back. */
  readonly isClosed: boolean;
}

/** Opens an `EventSource` for each address in a page, which reads for as long as the page is open. */
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

/** What those of a page have seen so far. */
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
