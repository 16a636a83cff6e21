import type { Source } from '@quotewire/sources';
import type { ExtractedPage } from './extract-quotes.ts';
import type { ExtractErrorCode } from './extract-error.ts';
import type { Page } from './extract-items.ts';

/** A page for a worker; only a source's first page includes the source. */
export interface PageMessage {
  readonly page: Page;
  readonly sourceKey: number;
  readonly source: Source | undefined;
  readonly scrapedAt: string;
}

/** A worker's messages: `ready` once, then one result for each page. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'extracted'; readonly extracted: ExtractedPage }
  | { readonly type: 'failed'; readonly code: ExtractErrorCode; readonly message: string };
