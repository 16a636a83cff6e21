import type { DataOf } from '@quotewire/bus';
import type { SourceStatus, sourceStatus } from '@quotewire/events';

/** The published state of a source. */
export type SourceState = DataOf<typeof sourceStatus>;

/** A change of a source's state; undefined clears a field, and absent fields stay. */
export type SourceChange = {
  readonly [Key in keyof Omit<SourceState, 'source' | 'since'>]?: SourceState[Key] | undefined;
};

const TROUBLES = new Set<SourceStatus['state']>(['stale', 'broken', 'failing', 'blocked']);
const MAX_DETAIL_LENGTH = 500;
/** A change of these fields is published at once; the other fields are published with the next change. */
const PUBLISHED_ON_CHANGE = [
  'state',
  'reachedEnd',
  'nextPage',
  'blockedUntil',
  'retryAt',
  'failedRuns',
  'entry',
] as const;

/** Applies a change to a source's state; a new source is `ok`. */
export function afterChange(
  known: SourceState | undefined,
  { source, change, at }: { source: string; change: SourceChange; at: string },
): SourceState {
  const state = change.state ?? known?.state ?? 'ok';
  const detail = (change.detail ?? known?.detail ?? '').slice(0, MAX_DETAIL_LENGTH);
  const since = known?.state === state ? known.since : at;
  return withoutUndefined({ ...known, ...change, source, state, since, detail });
}

/** Keeps only the fields that don't depend on the source's entry: old progress would end the next run early, or lead to a missing page. */
export function forgetProgress({
  source,
  state,
  since,
  detail,
  lastRunAt,
  blockedUntil,
  retryAt,
}: SourceState): SourceState {
  return withoutUndefined({ source, state, since, detail, lastRunAt, blockedUntil, retryAt });
}

/** Drops the progress from a change by a run that began before its source was edited. */
export function withoutProgress(change: SourceChange): SourceChange {
  const lasting = ['state', 'detail', 'lastRunAt', 'blockedUntil', 'retryAt'];
  return Object.fromEntries(Object.entries(change).filter(([key]) => lasting.includes(key)));
}

/** Whether a change must be published at once. */
export function isNewsToOthers(before: SourceState, now: SourceState): boolean {
  return (
    PUBLISHED_ON_CHANGE.some((key) => before[key] !== now[key]) ||
    (TROUBLES.has(now.state) && before.detail !== now.detail)
  );
}

/** Removes the keys whose values are undefined. */
export function withoutUndefined<T extends object>(
  values: T,
): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}
