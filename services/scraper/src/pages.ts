/** What reads single pages without the service: for commands. */
export { type ExtractedPage, extractQuotes } from './extract-quotes.ts';
export { createExtractor, type Extractor } from './extract/create-extractor.ts';
export { decodeBody } from './extract/decode-body.ts';
export type { Page } from './extract/extract-items.ts';
export { jsonValuesIn } from './extract/json-in-script.ts';
export { nextUrlOf } from './extract/next-url.ts';
export { parseHtml } from './extract/parse-html.ts';
export { collapse, visibleText } from './extract/visible-text.ts';
export { Downloader } from './fetch/downloader.ts';
export { FetchError } from './fetch/fetch-error.ts';
