import type { Source } from '@quotewire/sources';
import type { ExtractedPage } from '../extract-quotes.ts';
import { ExtractError } from './extract-error.ts';
import type { Page } from './extract-items.ts';
import { ExtractThread } from './extract-thread.ts';

export interface ExtractorOptions {
  /** For one page; then its worker is ended. Default 5,000. */
  timeoutMs?: number;
  /** For one worker, in MB of its heap; a page that needs more fails. Default 256. */
  maxHeapMb?: number;
  /** Workers, each started when it's needed first; more pages than workers wait in order. Default 1. */
  size?: number;
}

/** Reads pages in threads of their own, so that a page which takes too long or too much costs itself only. */
export interface Extractor {
  /** Rejects with `ExtractError`, whose message says what to do; the next page isn't affected. */
  extract: (page: Page, options: { source: Source; scrapedAt: string }) => Promise<ExtractedPage>;
  /** Waits for the pages in hand and ends the workers; later pages are refused. Idempotent. */
  close: () => Promise<void>;
}

/** Creates an extractor; nothing runs before its first page. Close it at the end. */
export function createExtractor({
  timeoutMs = 5_000,
  maxHeapMb = 256,
  size = 1,
}: ExtractorOptions = {}): Extractor {
  const threads = Array.from({ length: size }, () => new ExtractThread({ timeoutMs, maxHeapMb }));
  const idle = [...threads];
  const waiting: ((thread: ExtractThread) => void)[] = [];
  const inHand = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;

  async function run(page: Page, options: { source: Source; scrapedAt: string }) {
    const thread = idle.pop() ?? (await new Promise<ExtractThread>((take) => waiting.push(take)));
    try {
      return await thread.extract(page, options);
    } finally {
      const next = waiting.shift();
      if (next === undefined) idle.push(thread);
      else next(thread);
    }
  }

  async function finish(): Promise<void> {
    await Promise.allSettled(inHand);
    await Promise.all(threads.map((thread) => thread.close()));
  }

  return {
    async extract(page, options) {
      if (closed !== undefined) {
        throw new ExtractError(`${page.url} isn't read: the extractor is closed`, {
          code: 'closed',
        });
      }
      const extracted = run(page, options);
      inHand.add(extracted);
      try {
        return await extracted;
      } finally {
        inHand.delete(extracted);
      }
    },
    close: () => (closed ??= finish()),
  };
}
