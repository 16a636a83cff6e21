import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { createMemoryBus } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { createExtractor, type ExtractedPage, type Page } from '@quotewire/extract';
import { Downloader, FetchError } from '@quotewire/fetch';
import { createLogger } from '@quotewire/service';
import { isOwnSite, type Source } from '@quotewire/sources';
import type { CommandConfig } from './config.ts';

/** The URL of a saved page without --base-url. */
export const UNKNOWN_URL = 'https://unknown.invalid/';

const contentTypes: Readonly<Record<string, string>> = {
  '.atom': 'application/atom+xml',
  '.json': 'application/json',
  '.rss': 'application/rss+xml',
  '.xml': 'application/xml',
};

/** Reads a saved page; its content type is its name's unless it's given. */
export async function readPage(
  path: string,
  {
    url = UNKNOWN_URL,
    contentType,
  }: { url?: string | undefined; contentType?: string | undefined },
): Promise<Page> {
  let body: Buffer;
  try {
    body = await readFile(path);
  } catch (cause) {
    throw new Error(`${path} can't be read: ${(cause as Error).message}`, { cause });
  }
  const type = contentType ?? contentTypes[extname(path).toLowerCase()] ?? 'text/html';
  return { url, contentType: type, body };
}

/** Fetches a source's first page as the scraper would. Rejects with `FetchError`. */
export async function visit(
  source: Pick<Source, 'url' | 'kind' | 'politeness' | 'allowPrivate'>,
  config: CommandConfig,
): Promise<Page> {
  const { userAgent, limits } = config;
  const { host, origin } = new URL(source.url);
  const isSample = origin === new URL(config.sources.sampleSiteUrl).origin;
  const isOwn = isSample || isOwnSite(source);
  const logger = createLogger({ name: 'source', level: 'silent' });
  // the locks of hosts need a bus; this process has its own
  const bus = createMemoryBus({ name: 'source', topology: topologyOf(), logger });
  const downloader = new Downloader({
    bus,
    limits,
    userAgent,
    privateHosts: new Set(isOwn ? [host] : []),
    count: () => {},
  });
  try {
    const page = await downloader.fetch(source.url, { source });
    if (page === undefined)
      throw new Error(`${source.url} answered 304 to an unconditional request`);
    return page;
  } catch (error) {
    if (!(error instanceof FetchError) || !error.message.includes('allowPrivate')) throw error;
    throw new FetchError(`${error.message}, or say --allow-private here`, { cause: error });
  } finally {
    await downloader.close();
    await bus.close();
  }
}

/** What a source finds on pages, in a thread with limits; resolves when the work with it is done. */
export async function withExtractor<Result>(
  work: (extract: (page: Page, source: Source) => Promise<ExtractedPage>) => Promise<Result>,
): Promise<Result> {
  const extractor = createExtractor();
  const scrapedAt = new Date().toISOString();
  try {
    return await work((page, source) => extractor.extract(page, { source, scrapedAt }));
  } finally {
    await extractor.close();
  }
}
