import type { Bus, EventOf, Tracing } from '@quotewire/bus';
import type { scrapeRequested } from '@quotewire/events';
import type { Extractor } from '@quotewire/extract';
import type { DownloadOptions, FetchedPage } from '@quotewire/fetch';
import type { Source } from '@quotewire/sources';
import type { PublishedQuotes } from './published-quotes.ts';
import type { ScrapeCount } from './scrape-counters.ts';
import type { SourceStates } from './source-states.ts';

/** The dependencies of a job. */
export interface ScrapeParts {
  bus: Bus;
  /** The current source of this name. */
  sourceNamed: (name: string) => Source | undefined;
  /** Reloads the sources file if it has changed. */
  refreshSources: () => Promise<void>;
  published: PublishedQuotes;
  states: SourceStates;
  /** Resolves with undefined if the page still matches the validators; see `Downloader`. */
  fetchPage: (url: string, options: DownloadOptions) => Promise<FetchedPage | undefined>;
  /** The pause after a request to a page's host, in ms, if known. */
  pauseMsOf: (url: string) => number | undefined;
  extract: Extractor['extract'];
  /** Returns a random integer from 0 to less than `end`. */
  randomBelow: (end: number) => number;
  count: ScrapeCount;
  tracing?: Tracing | undefined;
}

/** A job with its source. */
export interface Scrape {
  readonly event: EventOf<typeof scrapeRequested>;
  readonly source: Source;
  readonly parts: ScrapeParts;
  /** Whether an earlier attempt may have published quotes of the page. */
  readonly isRepeat: boolean;
}
