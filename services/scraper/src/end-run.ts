import type { ExtractError } from '@quotewire/extract';
import type { FetchError } from '@quotewire/fetch';
import { intervalSecondsOf } from '@quotewire/sources';
import { afterFailure, afterRun } from './health.ts';
import type { SourceChange } from './source-state.ts';
import { resumeAt } from './next-step.ts';
import type { Scrape } from './scrape.ts';

/** For jobs without an interval, in seconds. */
const USUAL_INTERVAL_SECONDS = 60;
const MISSING_STATUSES = new Set([404, 410]);

/** Reports the state of a source at the end of a run. */
export async function endRun(
  outcome: Pick<Parameters<typeof afterRun>[0], 'state' | 'detail'>,
  scrape: Scrape,
  change: SourceChange = {},
): Promise<void> {
  const { event, source, parts } = scrape;
  const { states } = parts;
  const health = afterRun({
    ...outcome,
    intervalSeconds: intervalOf(scrape),
    newsAt: states.newsAt(source.name),
    restMs: parts.pauseMsOf(event.data.url),
    nowMs: Date.now(),
  });
  await states.report(source, { ...health, ...change });
}

/** Reports that the first page hasn't changed. */
export async function endUnchangedRun(scrape: Scrape): Promise<void> {
  const detail = "The first page hasn't changed.";
  await endRun({ state: 'not-modified', detail }, scrape);
}

/** Reports a page that can't be parsed. After a fault behind the first page, the next run reads all pages. */
export async function endBrokenRun({ message }: ExtractError, scrape: Scrape): Promise<void> {
  const { page, run } = scrape.event.data;
  const change = page === 1 ? {} : resumeAt(undefined, run);
  await endRun({ state: 'broken', detail: message }, scrape, change);
}

/** Reports a page that couldn't be fetched; the next run resumes at the page if a retry may succeed. */
export async function endFailedRun(error: FetchError, scrape: Scrape): Promise<void> {
  const { event, source, parts } = scrape;
  const { runId, page, url, run } = event.data;
  if (isBeyondTheLast(error, scrape)) {
    const detail = `Reached the last page: ${error.message}.`;
    const change = { reachedEnd: true, sweptAt: new Date().toISOString(), nextPage: undefined };
    return endRun({ state: 'ok', detail }, scrape, {
      ...change,
      ...(run === undefined ? {} : { front: run.front, pagedItems: run.pagedItems }),
    });
  }
  const canResumeThere = error.isTemporary || error.blockedUntil !== undefined;
  await parts.states.report(source, {
    ...afterFailure(parts.states.of(source.name), {
      error,
      runId,
      intervalSeconds: intervalOf(scrape),
      nowMs: Date.now(),
    }),
    ...(page === 1 ? {} : resumeAt(canResumeThere ? url : undefined, run)),
  });
}

/** Numbered pages end with one of these statuses; elsewhere a broken link is a fault. */
function isBeyondTheLast({ status = 0 }: FetchError, { event, source }: Scrape): boolean {
  const isNumbered = typeof source.next === 'object';
  return isNumbered && event.data.page > 1 && MISSING_STATUSES.has(status);
}

function intervalOf({ event, source }: Pick<Scrape, 'event' | 'source'>): number {
  return event.data.intervalSeconds ?? intervalSecondsOf(source, USUAL_INTERVAL_SECONDS);
}
