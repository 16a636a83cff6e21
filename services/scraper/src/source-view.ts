import type { SourceStatus } from '@quotewire/events';
import type { Source } from '@quotewire/sources';
import type { SourceState } from './source-state.ts';
import type { Work } from './source-work.ts';

/** All states of a source. */
const SOURCE_STATES = [
  'ok',
  'not-modified',
  'stale',
  'broken',
  'failing',
  'blocked',
  'exhausted',
] as const satisfies readonly SourceStatus['state'][];

/** A source with its state, as `GET /sources` shows it. */
export function viewOf(
  { name, enabled, url }: Source,
  {
    known,
    newsAt,
    work,
  }: { known: SourceState | undefined; newsAt: string | undefined; work: Work | undefined },
) {
  return {
    name,
    enabled,
    url,
    status: known === undefined ? null : statusOf(known),
    lastRunAt: known?.lastRunAt ?? null,
    reachedEnd: known?.reachedEnd ?? false,
    nextPage: known?.nextPage ?? null,
    blockedUntil: known?.blockedUntil ?? null,
    retryAt: known?.retryAt ?? null,
    failedRuns: known?.failedRuns ?? 0,
    newsAt: newsAt ?? null,
    work: work ?? null,
  };
}

/** The number of sources in each state. */
export function countStates(known: Iterable<SourceState>): Record<SourceStatus['state'], number> {
  const states = Array.from(known, ({ state }) => state);
  const countOf = (state: SourceStatus['state']) => states.filter((one) => one === state).length;
  return Object.fromEntries(SOURCE_STATES.map((state) => [state, countOf(state)])) as Record<
    SourceStatus['state'],
    number
  >;
}

function statusOf({ source, state, since, detail }: SourceState): SourceStatus {
  return { source, state, since, detail };
}
