import type { TimerState } from '@quotewire/events';
import { intervalSecondsOf, type Source } from '@quotewire/sources';
import { nextRun } from './schedule.ts';
import type { TimerRecord } from './timer-record.ts';

/** The answer of `GET /timer`; times are RFC 3339, UTC. */
export interface TimerView extends TimerState {
  readonly nextTickAt: string | null;
  readonly sources: readonly {
    readonly name: string;
    readonly enabled: boolean;
    /** Its own; null: the timer's. */
    readonly intervalSeconds: number | null;
    /** What applies. */
    readonly everySeconds: number;
    readonly nextTickAt: string | null;
    readonly lastTickAt: string | null;
  }[];
}

/** Computes the view of a timer in this state. */
export function viewOf(
  { state, intervalSeconds }: TimerState,
  { sources, record, nowMs }: { sources: readonly Source[]; record: TimerRecord; nowMs: number },
): TimerView {
  const views = sources.map((source) => {
    const lastSlotMs = record.lastSlotMs(source.name);
    const when = { nowMs, timerIntervalSeconds: intervalSeconds, lastSlotMs };
    const isPlanned = state === 'running' && source.enabled;
    return {
      name: source.name,
      enabled: source.enabled,
      intervalSeconds: source.intervalSeconds ?? null,
      everySeconds: intervalSecondsOf(source, intervalSeconds),
      nextTickAt: isPlanned ? timeOf(Math.max(nowMs, nextRun(source, when).dueMs)) : null,
      lastTickAt: timeOf(lastSlotMs),
    };
  });
  const [nextTickAt = null] = views.flatMap((view) => view.nextTickAt ?? []).sort();
  return { state, intervalSeconds, nextTickAt, sources: views };
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
