import { hash } from 'node:crypto';
import { intervalSecondsOf, jitterSecondsOf, type Source } from '@quotewire/sources';

/** A run of a source: its slot and its start; milliseconds since 1970. */
export interface PlannedRun {
  readonly slotMs: number;
  readonly dueMs: number;
}

export interface ScheduleOptions {
  nowMs: number;
  timerIntervalSeconds: number;
  /** The last used slot, if any. */
  lastSlotMs?: number | undefined;
}

/** A last slot further ahead comes from a wrong clock. */
const MAX_INTERVALS_AHEAD = 2;

/**
 * Plans the next run of a source. The delay after the slot depends on the source and the slot alone,
 * so that sources spread and all processes agree. A source that was due while no timer ran is due
 * since then: its current slot is unused, and an earlier one is used.
 */
export function nextRun(source: Source, options: ScheduleOptions): PlannedRun {
  const { nowMs, timerIntervalSeconds } = options;
  const intervalSeconds = intervalSecondsOf(source, timerIntervalSeconds);
  const intervalMs = intervalSeconds * 1_000;
  const lastSlotMs = believableSlot(source, options);
  const dueAt = (slotMs: number): PlannedRun => {
    const random = shareOf(`${source.name} ${slotMs}`);
    const lateMs = jitterSecondsOf(source, { intervalSeconds, random }) * 1_000;
    return { slotMs, dueMs: slotMs + Math.floor(lateMs) };
  };
  // a timer that starts within a slot uses that slot
  const current = dueAt(slotAt(nowMs, intervalMs));
  const isPending = current.dueMs > nowMs || lastSlotMs > 0;
  return current.slotMs > lastSlotMs && isPending
    ? current
    : dueAt(nextSlot(nowMs, intervalMs, lastSlotMs));
}

/** The last slot of a source; 0 if there is none, or if it came from a wrong clock. */
export function believableSlot(source: Source, options: ScheduleOptions): number {
  const { nowMs, timerIntervalSeconds, lastSlotMs = 0 } = options;
  const intervalMs = intervalSecondsOf(source, timerIntervalSeconds) * 1_000;
  return lastSlotMs > nowMs + MAX_INTERVALS_AHEAD * intervalMs ? 0 : lastSlotMs;
}

/** The slot that contains a moment. */
export function slotAt(nowMs: number, intervalMs: number): number {
  return Math.floor(nowMs / intervalMs) * intervalMs;
}

/**
 * The next slot of an interval. Slots are fixed points of the clock, multiples of
 * the interval, so that all processes agree and a restart moves none. `lastSlotMs` is the last used
 * slot, if any: a clock behind another's doesn't use it again.
 */
export function nextSlot(nowMs: number, intervalMs: number, lastSlotMs = 0): number {
  return slotAt(Math.max(nowMs, lastSlotMs), intervalMs) + intervalMs;
}

/** Hashes a text to a number from 0 to less than 1. */
function shareOf(text: string): number {
  return hash('sha256', text, 'buffer').readUInt32BE(0) / 2 ** 32;
}
