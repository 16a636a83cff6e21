// the parsers have their own entry points, so that only worker threads load them
export { createExtractor, type Extractor } from './worker-pool.ts';
export { ExtractError } from './extract-error.ts';
export type { Page } from './extract-items.ts';
export type { ExtractedPage } from './extract-quotes.ts';
