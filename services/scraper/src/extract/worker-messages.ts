import type { Source } from '@quotewire/sources';
import type { ExtractedPage } from '../extract-quotes.ts';
import type { ExtractErrorCode } from './extract-error.ts';
import type { Page } from './extract-items.ts';

/** A page for a worker; the source comes with the first page of it. */
export interface PageMessage {
  readonly page: Page;
  readonly sourceKey: number;
  readonly source: Source | undefined;
  readonly scrapedAt: string;
}

/** What a worker says: first that it's ready, then what it made of each page. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'extracted'; readonly extracted: ExtractedPage }
  | { readonly type: 'failed'; readonly code: ExtractErrorCode; readonly message: string };
