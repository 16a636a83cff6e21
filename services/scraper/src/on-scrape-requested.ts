import {
  type EventOf,
  type JobDelivery,
  PermanentError,
  PostponeError,
  traceWork,
} from '@quotewire/bus';
import type { scrapeRequested } from '@quotewire/events';
import { ExtractError } from '@quotewire/extract';
import { FetchError } from '@quotewire/fetch';
import { identityOf, type Source } from '@quotewire/sources';
import { isSameSite } from '@quotewire/sources/same-site';
import { endBrokenRun, endFailedRun, endUnchangedRun } from './end-run.ts';
import { resumeAt } from './next-step.ts';
import { publishPage, type ScrapedPage } from './publish-page.ts';
import type { Scrape, ScrapeParts } from './scrape.ts';

type Job = EventOf<typeof scrapeRequested>;

/** A job waits at most this long for a blocked host; else its run ends. */
const MAX_WAIT_MS = 120_000;

/**
 * Handles one job: publishes the new quotes of a page, then the job of the next page. Resolves once
 * the broker has confirmed everything and the quotes have come back from the log. Idempotent: a repeated job publishes no quote twice.
 *
 * | the page | the job | the source |
 * |---|---|---|
 * | is fetched | is acknowledged | ok, not-modified, stale, broken or exhausted at the end of the run |
 * | fails temporarily: 5xx, timeout, truncated body | is retried, unless the host's backoff has begun | failing after three such runs |
 * | fails: 4xx, too large, redirect to another site | is acknowledged | failing after three such runs |
 * | is missing: 404 or 410 after the first of numbered pages | is acknowledged | ok: the previous page was the last |
 * | is on a host that is blocked for up to two minutes | is postponed | unchanged |
 * | is forbidden by robots.txt, or its host is blocked for longer | is acknowledged | blocked |
 * | can't be parsed by its source's definition | is acknowledged | broken |
 * | belongs to a source that is disabled, or was edited since the run began | is acknowledged | unchanged |
 * | belongs to an unknown source, or isn't on its source's site | is dead-lettered | unchanged |
 */
export function onScrapeRequested(
  parts: ScrapeParts,
): (event: Job, delivery: JobDelivery) => Promise<void> {
  return async (event, { isRepeat }) => {
    const { source: name, url, run } = event.data;
    // the timer may have noticed an edit of the file first
    if (!isOfSource(event, parts.sourceNamed(name))) await parts.refreshSources();
    const source = parts.sourceNamed(name);
    if (source === undefined)
      throw new PermanentError(`there's no source "${name}" in the sources file`);
    const scrape = { event, source, parts, isRepeat };
    if (!source.enabled) return skip('disabled', scrape);
    if (run !== undefined && run.entry !== identityOf(source)) return skip('changed', scrape);
    if (!isOfSource(event, source)) {
      throw new PermanentError(`${url} isn't on the site of source "${name}"`);
    }
    if (Date.parse(event.data.expiresAt) <= Date.now()) return skipExpired(scrape);
    if (parts.states.retryAt(source) !== undefined) return skipFailing(scrape);
    const blockedUntil = parts.states.blockedUntil(source);
    if (blockedUntil !== undefined) {
      const refusal = refusalUntil(blockedUntil, scrape);
      if (blockedUntil.getTime() - Date.now() <= MAX_WAIT_MS)
        throw new PostponeError(refusal.message);
      return endFailedRun(refusal, scrape);
    }
    await scrapePage(scrape);
  };
}

/** Whether the source exists, and the page is on its site. */
function isOfSource({ data: { url } }: Job, source: Source | undefined): boolean {
  return source !== undefined && URL.canParse(url) && isSameSite(url, source.url);
}

function skip(reason: 'disabled' | 'changed' | 'failing', { parts }: Scrape): void {
  parts.count('scrape_jobs_skipped_total', { reason });
}

/** The next run resumes at an expired page, except at the first. */
async function skipExpired({ event, source, parts }: Scrape): Promise<void> {
  parts.count('scrape_jobs_expired_total', {});
  const { page, url, run } = event.data;
  if (page === 1) return;
  const detail = 'Expired; the next run resumes at this page.';
  await parts.states.report(source, { detail, ...resumeAt(url, run) });
}

/** Skips a job of a host in backoff. */
async function skipFailing(scrape: Scrape): Promise<void> {
  const { event, source, parts } = scrape;
  const { page, url, run } = event.data;
  skip('failing', scrape);
  if (page > 1) await parts.states.report(source, resumeAt(url, run));
}

function refusalUntil(blockedUntil: Date, { event, source, parts }: Scrape): FetchError {
  const known = parts.states.of(source.name);
  const { host } = new URL(event.data.url);
  const message =
    known?.state === 'blocked'
      ? known.detail
      : `${host} blocks requests until ${blockedUntil.toISOString()}`;
  return new FetchError(message, { isBlocked: true, blockedUntil });
}

async function scrapePage(scrape: Scrape): Promise<void> {
  let page: ScrapedPage | undefined;
  try {
    page = await readPage(scrape);
  } catch (error) {
    // other errors aren't the site's fault
    if (error instanceof FetchError) {
      await endFailedRun(error, scrape);
      const isGivenUp = scrape.parts.states.retryAt(scrape.source) !== undefined;
      if (error.isTemporary && !isGivenUp) throw error;
      return;
    }
    if (!(error instanceof ExtractError) || error.isTemporary) throw error;
    return endBrokenRun(error, scrape);
  }
  if (page === undefined) await endUnchangedRun(scrape);
  else await publishPage(page, scrape);
}

/** Fetches and extracts the page; undefined if the page hasn't changed. */
async function readPage({ event, source, parts }: Scrape): Promise<ScrapedPage | undefined> {
  const { url, page: number } = event.data;
  const validators = number === 1 ? parts.states.validatorsOf(source) : {};
  // the span includes the pauses of the host; sites get no traceparent
  const fetching = { name: 'fetch', event, attributes: { 'url.full': url } };
  const page = await traceWork(parts.tracing, fetching, () =>
    parts.fetchPage(url, { source, validators }),
  );
  if (page === undefined) return undefined;
  const scrapedAt = new Date().toISOString();
  const extracting = { name: 'extract', event, attributes: { 'url.full': page.url } };
  const extracted = await traceWork(parts.tracing, extracting, () =>
    parts.extract(page, { source, scrapedAt }),
  );
  return { ...extracted, url: page.url, scrapedAt, validators: page.validators };
}
