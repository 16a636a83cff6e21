import { intervalSecondsOf, type Source, unmetExpectationOf } from '@quotewire/sources';
import type { ExtractedPage } from './extract-quotes.ts';
import type { FetchError } from './fetch/fetch-error.ts';
import type { KnownSource, SourceChange } from './known-source.ts';

/** So many runs in a row have to fail before a source that was well is `failing`. */
const FAILED_RUNS = 3;
/** A source that had nothing new for so many of its intervals is `stale`. */
const STALE_AFTER_INTERVALS = 100;
/** For sources that set no interval of their own, in seconds. */
const USUAL_INTERVAL_SECONDS = 60;

/** What a page that can't be had means for its source: a run counts as failed once, however often it's tried. */
export function afterFailure(
  known: KnownSource | undefined,
  { error, runId }: { error: FetchError; runId: string },
): SourceChange {
  const { message, isBlocked, blockedUntil } = error;
  if (isBlocked) {
    return { state: 'blocked', detail: message, blockedUntil: blockedUntil?.toISOString() };
  }
  const before = known?.failedRuns ?? 0;
  const failedRuns = known?.failedRunId === runId ? before : Math.min(before + 1, FAILED_RUNS);
  const wasWell = known !== undefined && known.state !== 'blocked';
  return {
    ...(wasWell && failedRuns < FAILED_RUNS ? {} : { state: 'failing' }),
    detail: `${message} (${failedRuns} of ${FAILED_RUNS} runs)`,
    failedRuns,
    failedRunId: runId,
    blockedUntil: undefined,
  };
}

/** What a run that came to its end means for its source. */
export function afterRun(
  known: KnownSource | undefined,
  {
    state,
    detail,
    source,
    newsAt,
    nowMs,
  }: {
    state: 'ok' | 'not-modified' | 'exhausted' | 'broken';
    detail: string;
    source: Source;
    newsAt: string | undefined;
    nowMs: number;
  },
): SourceChange {
  const well = {
    lastRunAt: new Date(nowMs).toISOString(),
    failedRuns: 0,
    failedRunId: undefined,
    blockedUntil: undefined,
  };
  // a later page can't mend what the first one lacks
  if (known?.state === 'broken' && state !== 'broken') {
    return { ...well, state: 'broken', detail: known.detail };
  }
  const staleAfterMs =
    STALE_AFTER_INTERVALS * intervalSecondsOf(source, USUAL_INTERVAL_SECONDS) * 1_000;
  const isStale = newsAt !== undefined && nowMs - Date.parse(newsAt) > staleAfterMs;
  if (isStale && (state === 'ok' || state === 'not-modified')) {
    return { ...well, state: 'stale', detail: `There was nothing new since ${newsAt}.` };
  }
  return { ...well, state, detail };
}

/** What's wrong with the first page of a source, a sentence; undefined when it's as expected. */
export function problemWith(
  { quotes, charset, isCharsetSuspect }: Omit<ExtractedPage, 'dropped' | 'nextUrl' | 'itemCount'>,
  source: Source,
): string | undefined {
  const problem = isCharsetSuspect
    ? `The page isn't in the charset that it names, and was read as ${charset}.`
    : unmetExpectationOf(source, quotes);
  return problem && `${problem} See POST /sources/${source.name}/preview.`;
}
