import { type Bus, type EventOf, PermanentError } from '@quotewire/bus';
import type { scrapeRequested } from '@quotewire/events';
import type { Source } from '@quotewire/sources';
import type { Extractor } from './extract/create-extractor.ts';
import { ExtractError } from './extract/extract-error.ts';
import type { FetchedPage } from './fetch-page.ts';
import type { DownloadOptions } from './fetch/downloader.ts';
import { FetchError } from './fetch/fetch-error.ts';
import { isSameSite } from './fetch/same-site.ts';
import { afterFailure, afterRun } from './health.ts';
import { cutAt, publishPage, type ScrapedPage } from './publish-page.ts';
import type { PublishedQuotes } from './published-quotes.ts';
import type { ScrapeCount } from './scrape-counters.ts';
import type { SourceStates } from './source-states.ts';

export interface ScrapeParts {
  bus: Bus;
  sources: readonly Source[];
  published: PublishedQuotes;
  states: SourceStates;
  /** Resolves with undefined when the page is still the one that the validators are of; see `Downloader`. */
  fetchPage: (url: string, options: DownloadOptions) => Promise<FetchedPage | undefined>;
  extract: Extractor['extract'];
  count: ScrapeCount;
}

/** A job, and whose it is. */
export interface Scrape {
  readonly event: EventOf<typeof scrapeRequested>;
  readonly source: Source;
  readonly parts: ScrapeParts;
}

/**
 * Does one job: publishes what's new on a page, then the job of the next page, and resolves when
 * the broker has it all. Doing it again publishes nothing twice.
 *
 * | the page | the job | the source |
 * |---|---|---|
 * | came | is done | ok, not-modified, stale, broken or exhausted when its run is at its end |
 * | can't be had now: 5xx, too late, cut | is tried again | failing after three such runs |
 * | can't be had: 4xx, too large, elsewhere | is done | failing after three such runs |
 * | isn't allowed, or not until later | is done | blocked |
 * | can't be read as its source says | is done | broken |
 * | ended the thread that read it | is tried again | the same |
 * | is of no source, or on no site of it | is a dead letter | the same |
 */
export function onScrapeRequested(
  parts: ScrapeParts,
): (event: EventOf<typeof scrapeRequested>) => Promise<void> {
  return async (event) => {
    const { source: name, url, expiresAt } = event.data;
    const source = parts.sources.find((candidate) => candidate.name === name);
    if (source === undefined)
      throw new PermanentError(`there's no source "${name}" in the file of sources`);
    if (!URL.canParse(url) || !isSameSite(url, source.url)) {
      throw new PermanentError(`${url} isn't on the site of source "${name}"`);
    }
    const scrape = { event, source, parts };
    if (Date.parse(expiresAt) <= Date.now()) return letGo(scrape);
    const blockedUntil = parts.states.blockedUntil(source);
    if (blockedUntil !== undefined) {
      const known = parts.states.of(name);
      const { host } = new URL(url);
      const message = known?.state === 'blocked' ? known.detail : `${host} wants to be left alone`;
      return reportFailure(new FetchError(message, { isBlocked: true, blockedUntil }), scrape);
    }
    await doPage(scrape);
  };
}

/** A page that was asked for by the one before it is left to the next run. */
async function letGo({ event, source: { name }, parts }: Scrape): Promise<void> {
  parts.count('scrape_jobs_expired_total', {});
  const { page, url } = event.data;
  const detail = "A page wasn't read in time; the next run goes on there.";
  if (page > 1) await parts.states.report(name, { detail, ...cutAt(url) });
}

async function doPage(scrape: Scrape): Promise<void> {
  let page: ScrapedPage | undefined;
  try {
    page = await scrapePage(scrape);
  } catch (error) {
    // anything else isn't the site's fault
    if (error instanceof FetchError) await reportFailure(error, scrape);
    else if (error instanceof ExtractError && !error.isTemporary) await reportBroken(error, scrape);
    else throw error;
    if (error.isTemporary) throw error;
    return;
  }
  if (page === undefined) await reportNotModified(scrape);
  else await publishPage(page, scrape);
}

/** What is on the page; undefined when it's still the one that's known. */
async function scrapePage({ event, source, parts }: Scrape): Promise<ScrapedPage | undefined> {
  const { url } = event.data;
  const validators = source.mode === 'random' ? {} : parts.states.validatorsOf(source, url);
  const page = await parts.fetchPage(url, { source, validators });
  if (page === undefined) return undefined;
  const scrapedAt = new Date().toISOString();
  const extracted = await parts.extract(page, { source, scrapedAt });
  return { ...extracted, scrapedAt, validators: page.validators };
}

async function reportFailure(
  error: FetchError,
  { event, source: { name }, parts }: Scrape,
): Promise<void> {
  const { runId, page, url } = event.data;
  const canGoOnThere = error.isTemporary || error.blockedUntil !== undefined;
  await parts.states.report(name, {
    ...afterFailure(parts.states.of(name), { error, runId }),
    ...(page === 1 ? {} : cutAt(canGoOnThere ? url : undefined)),
  });
}

async function reportBroken(
  { message }: ExtractError,
  { event, source, parts }: Scrape,
): Promise<void> {
  await parts.states.report(source.name, {
    state: 'broken',
    detail: message,
    lastRunAt: new Date().toISOString(),
    ...(event.data.page === 1 ? {} : cutAt(undefined)),
  });
}

async function reportNotModified({ source, parts: { states } }: Scrape): Promise<void> {
  const change = afterRun(states.of(source.name), {
    state: 'not-modified',
    detail: 'The first page is the same as before.',
    source,
    newsAt: states.newsAt(source.name),
    nowMs: Date.now(),
  });
  await states.report(source.name, change);
}
