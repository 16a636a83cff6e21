export { downloadCounters } from './counters.ts';
export { Downloader, type DownloadOptions } from './downloader.ts';
export { FetchError } from './fetch-error.ts';
export type { FetchedPage, Validators } from './fetch-page.ts';
export { parseRetryAfter } from './headers.ts';
export { type FetchConfig, fetchConfigOf, fetchSettings } from './settings.ts';
