import type { DataOf } from '@quotewire/bus';
import type { SourceStatus, sourceStatus } from '@quotewire/events';

/** All that's known of a source, as it's published. */
export type KnownSource = DataOf<typeof sourceStatus>;

/** What changed; the rest stays, and what's undefined is known no more. */
export type SourceChange = {
  readonly [Key in keyof Omit<KnownSource, 'source' | 'since'>]?: KnownSource[Key] | undefined;
};

const TROUBLES = new Set<SourceStatus['state']>(['stale', 'broken', 'failing', 'blocked']);
const MAX_DETAIL_LENGTH = 500;
/** What replicas have to learn at once. The others travel along with what's published. */
const PUBLISHED_ON_CHANGE = [
  'state',
  'reachedEnd',
  'nextPage',
  'blockedUntil',
  'failedRuns',
] as const;

/** What's known of a source after a change; a source of which nothing is known is well. */
export function afterChange(
  known: KnownSource | undefined,
  { source, change, at }: { source: string; change: SourceChange; at: string },
): KnownSource {
  const state = change.state ?? known?.state ?? 'ok';
  const detail = (change.detail ?? known?.detail ?? '').slice(0, MAX_DETAIL_LENGTH);
  const since = known?.state === state ? known.since : at;
  return withoutUndefined({ ...known, ...change, source, state, since, detail });
}

/** Whether others have to learn at once what's known now. */
export function isNewsToOthers(before: KnownSource, now: KnownSource): boolean {
  return (
    PUBLISHED_ON_CHANGE.some((key) => before[key] !== now[key]) ||
    (TROUBLES.has(now.state) && before.detail !== now.detail)
  );
}

/** The same without the keys whose values are undefined. */
export function withoutUndefined<T extends object>(
  values: T,
): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}
