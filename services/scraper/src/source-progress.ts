import type { Validators } from '@quotewire/fetch';
import { intervalSecondsOf, type Source } from '@quotewire/sources';
import type { KnownProgress } from './next-step.ts';
import { type SourceState, withoutUndefined } from './source-state.ts';

/**
 * After this time a run reads all pages again, since new quotes may appear on any page; at most one
 * run in ten does.
 */
const SWEPT_AGAIN_AFTER_MS = 24 * 3_600_000;
const SWEPT_AGAIN_AFTER_INTERVALS = 10;

/** The progress of a source's previous runs, by the source's known state. */
export function progressOf(known: SourceState | undefined, source: Source): KnownProgress {
  const { reachedEnd, sweptAt, nextPage, front, pagedItems } = known ?? {};
  const sweptAgainAfterMs = Math.max(
    SWEPT_AGAIN_AFTER_MS,
    SWEPT_AGAIN_AFTER_INTERVALS * intervalSecondsOf(source, 0) * 1_000,
  );
  const isRecent = Date.now() - Date.parse(sweptAt ?? '') < sweptAgainAfterMs;
  return { isComplete: reachedEnd === true && isRecent, nextPage, front, pagedItems };
}

/** The first page's validators; empty unless all pages are known, so that the first page suffices. */
export function validatorsOf(known: SourceState | undefined, source: Source): Validators {
  // only the whole page shows whether a broken source has recovered
  if (known === undefined || known.state === 'broken' || source.mode === 'random') return {};
  const { etag, lastModified } = known;
  return progressOf(known, source).isComplete ? withoutUndefined({ etag, lastModified }) : {};
}
