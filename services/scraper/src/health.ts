import type { ExtractedPage } from '@quotewire/extract';
import type { FetchError } from '@quotewire/fetch';
import { type Source, unmetExpectationOf } from '@quotewire/sources';
import type { SourceState, SourceChange } from './source-state.ts';

/** After this many failed runs in a row a source is `failing`. */
const FAILED_RUNS = 3;
/** Shorter pauses aren't published. */
const MIN_REST_MS = 5_000;
const MAX_FAILED_RUNS = 20;
/** The longest backoff for a host whose runs fail. */
const MAX_REST_MS = 6 * 3_600_000;
/** After this many intervals without new quotes a source is `stale`. */
const STALE_AFTER_INTERVALS = 100;

/**
 * Computes the change of a source's state after a failed request. A run counts as failed once,
 * retries included. From the third on, each failed run doubles the time until the next request.
 */
export function afterFailure(
  known: SourceState | undefined,
  {
    error,
    runId,
    intervalSeconds,
    nowMs,
  }: { error: FetchError; runId: string; intervalSeconds: number; nowMs: number },
): SourceChange {
  const { message, isBlocked, blockedUntil } = error;
  if (isBlocked) {
    return { state: 'blocked', detail: message, blockedUntil: blockedUntil?.toISOString() };
  }
  const before = known?.failedRuns ?? 0;
  const failedRuns = known?.failedRunId === runId ? before : Math.min(before + 1, MAX_FAILED_RUNS);
  const wasReachable = known !== undefined && known.state !== 'blocked';
  const restMs =
    error.isTemporary && failedRuns >= FAILED_RUNS
      ? Math.min(intervalSeconds * 1_000 * 2 ** (failedRuns - FAILED_RUNS), MAX_REST_MS)
      : undefined;
  return {
    ...(wasReachable && failedRuns < FAILED_RUNS ? {} : { state: 'failing' }),
    detail: `${message} (${failedRuns} ${failedRuns > FAILED_RUNS ? '' : `of ${FAILED_RUNS} `}runs)`,
    failedRuns,
    failedRunId: runId,
    retryAt: restMs === undefined ? undefined : new Date(nowMs + restMs).toISOString(),
    blockedUntil: restUntil(error.retryAfterMs, nowMs),
  };
}

/** When a host's pause ends, for publication to all processes; undefined for a short pause. */
export function restUntil(restMs: number | undefined, nowMs: number): string | undefined {
  return restMs === undefined || restMs <= MIN_REST_MS
    ? undefined
    : new Date(nowMs + restMs).toISOString();
}

/** Computes the change of a source's state after a completed run. */
export function afterRun({
  state,
  detail,
  intervalSeconds,
  newsAt,
  restMs,
  nowMs,
}: {
  state: 'ok' | 'not-modified' | 'exhausted' | 'broken';
  detail: string;
  intervalSeconds: number;
  newsAt: string | undefined;
  /** The current pause of its host. */
  restMs?: number | undefined;
  nowMs: number;
}): SourceChange {
  const recovered = {
    lastRunAt: new Date(nowMs).toISOString(),
    failedRuns: 0,
    failedRunId: undefined,
    retryAt: undefined,
    blockedUntil: restUntil(restMs, nowMs),
  };
  const staleAfterMs = STALE_AFTER_INTERVALS * intervalSeconds * 1_000;
  const isStale = newsAt !== undefined && nowMs - Date.parse(newsAt) > staleAfterMs;
  if (isStale && (state === 'ok' || state === 'not-modified')) {
    return { ...recovered, state: 'stale', detail: `No new quotes since ${newsAt}.` };
  }
  return { ...recovered, state, detail };
}

/** The problem with a source's first page, as a sentence; undefined if the page is as expected. */
export function problemWith(
  {
    quotes,
    charset,
    isCharsetSuspect,
  }: Pick<ExtractedPage, 'quotes' | 'charset' | 'isCharsetSuspect'>,
  source: Source,
): string | undefined {
  const problem = isCharsetSuspect
    ? `The page isn't in its declared charset, and was decoded as ${charset}.`
    : unmetExpectationOf(source, quotes);
  return problem && `${problem} See POST /sources/${source.name}/preview.`;
}
