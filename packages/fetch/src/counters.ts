import type { Metrics } from '@quotewire/service';

const definitions = {
  downloader_request_count_total: { help: 'Requests for pages.', labels: [] },
  downloader_response_status_count_total: {
    help: 'Answers by status.',
    labels: ['status'],
    zeros: ['200', '304', '403', '404', '429', '500', '503'].map((status) => ({ status })),
  },
  downloader_response_bytes_total: { help: 'Bytes of bodies, as they came.', labels: [] },
  downloader_exception_type_count_total: {
    help: 'Requests without a whole answer, by what went wrong.',
    labels: ['type'],
    zeros: ['TimeoutError', 'ResponseExceededMaxSizeError', 'SocketError'].map((type) => ({
      type,
    })),
  },
  httpcache_revalidate_total: { help: "Pages that hadn't changed.", labels: [] },
  robotstxt_request_count_total: { help: 'Requests for robots.txt.', labels: [] },
  robotstxt_forbidden_total: { help: 'Pages that robots.txt keeps us from.', labels: [] },
} as const;

/** Increments a counter of the downloader; the names are Scrapy's. */
export type DownloadCount = (
  counter: keyof typeof definitions,
  labels: Record<string, string>,
  by?: number,
) => void;

/** Declares the counters of the downloader. */
export function downloadCounters(metrics: Metrics): DownloadCount {
  return metrics.counters(definitions);
}
