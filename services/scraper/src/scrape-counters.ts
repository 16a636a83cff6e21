import type { Metrics } from '@quotewire/service';

const definitions = {
  scrape_jobs_expired_total: {
    help: "Jobs that nobody took in time and that weren't worth doing any more.",
    labels: [],
  },
  scrape_jobs_skipped_total: {
    help: 'Jobs that were not done, by reason: disabled (the source is switched off), changed (its entry was, since the run began), failing (its host has failed run after run).',
    labels: ['reason'],
    zeros: [{ reason: 'disabled' }, { reason: 'changed' }, { reason: 'failing' }],
  },
  item_scraped_count_total: { help: 'Quotes that were published.', labels: ['source'] },
  item_dropped_count_total: { help: "Items that weren't quotes.", labels: ['source'] },
  item_dropped_reasons_count_total: {
    help: "Items that weren't quotes, by why not.",
    labels: ['reason'],
  },
  dupefilter_filtered_total: {
    help: 'Quotes that had been published before.',
    labels: ['source'],
  },
} as const;

/** Increments a counter of scraping; names follow Scrapy where it has the counter. */
export type ScrapeCount = (
  counter: keyof typeof definitions,
  labels: Record<string, string>,
  by?: number,
) => void;

/** Starts the counters of each source at 0. */
export function startAtZero(count: ScrapeCount, sources: readonly { name: string }[]): void {
  for (const { name: source } of sources) {
    for (const counter of BY_SOURCE) count(counter, { source }, 0);
  }
}

const BY_SOURCE = [
  'item_scraped_count_total',
  'item_dropped_count_total',
  'dupefilter_filtered_total',
] as const;

/** Declares the counters of scraping. */
export function scrapeCounters(metrics: Metrics): ScrapeCount {
  return metrics.counters(definitions);
}
