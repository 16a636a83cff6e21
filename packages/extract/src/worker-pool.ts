import type { Source } from '@quotewire/sources';
import type { ExtractedPage } from './extract-quotes.ts';
import { ExtractError } from './extract-error.ts';
import type { Page } from './extract-items.ts';
import { PageWorker } from './page-worker.ts';

export interface ExtractorOptions {
  /** Timeout for one page, after which its worker is terminated. Default 5,000. */
  timeoutMs?: number;
  /** Heap limit of a worker in MB; a page that needs more fails. Default 256. */
  maxHeapMb?: number;
  /** Number of workers, each started on first use; further pages queue. Default 1. */
  size?: number;
}

/** Larger pages need so much memory that only one is parsed at a time. */
const LARGE_PAGE_BYTES = 256 * 1_024;

/** Extracts quotes in worker threads, so that a page which takes too long or too much memory affects no other page. */
export interface Extractor {
  /** Rejects with an `ExtractError` whose message names the fix; later pages aren't affected. */
  extract: (page: Page, options: { source: Source; scrapedAt: string }) => Promise<ExtractedPage>;
  /** Waits for the pages in progress and terminates the workers; later pages are refused. Idempotent. */
  close: () => Promise<void>;
}

/** Creates an extractor, which starts its workers on first use. The caller closes the extractor. */
export function createExtractor({
  timeoutMs = 5_000,
  maxHeapMb = 256,
  size = 1,
}: ExtractorOptions = {}): Extractor {
  const workers = Array.from({ length: size }, () => new PageWorker({ timeoutMs, maxHeapMb }));
  // a heap that has grown stays large, so the first worker parses all large pages
  const [first] = workers;
  const idle = new Set(workers);
  const waiting: { isLarge: boolean; take: (worker: PageWorker) => void }[] = [];
  const inHand = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;

  async function run(page: Page, options: { source: Source; scrapedAt: string }) {
    const worker = await acquireWorker({ isLarge: page.body.byteLength > LARGE_PAGE_BYTES });
    try {
      return await worker.extract(page, options);
    } finally {
      releaseWorker(worker);
    }
  }

  function acquireWorker({ isLarge }: { isLarge: boolean }): Promise<PageWorker> {
    const { promise, resolve: take } = Promise.withResolvers<PageWorker>();
    const worker = workers.findLast((one) => idle.has(one) && (!isLarge || one === first));
    if (worker === undefined) waiting.push({ isLarge, take });
    else {
      idle.delete(worker);
      take(worker);
    }
    return promise;
  }

  function releaseWorker(worker: PageWorker): void {
    const next = waiting.findIndex(({ isLarge }) => !isLarge || worker === first);
    if (next === -1) idle.add(worker);
    else waiting.splice(next, 1)[0]?.take(worker);
  }

  async function finish(): Promise<void> {
    await Promise.allSettled(inHand);
    await Promise.all(workers.map((worker) => worker.close()));
  }

  return {
    async extract(page, options) {
      if (closed !== undefined) {
        throw new ExtractError(`${page.url} can't be parsed: the extractor is closed`, {
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
