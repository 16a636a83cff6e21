import { hash } from 'node:crypto';
import { intervalSecondsOf, jitterSecondsOf, type Source } from '@quotewire/sources';

/** A run of a source: the slot that it's for, and when it begins; milliseconds since 1970. */
export interface PlannedRun {
  readonly slotMs: number;
  readonly dueMs: number;
}

/**
 * When a source is due next: some time after its slot, which depends on nothing but the two, so that
 * not all sources run at once and yet all processes agree.
 */
export function nextRun(
  source: Source,
  {
    nowMs,
    timerIntervalSeconds,
    lastSlotMs = 0,
  }: { nowMs: number; timerIntervalSeconds: number; lastSlotMs?: number | undefined },
): PlannedRun {
  const intervalSeconds = intervalSecondsOf(source, timerIntervalSeconds);
  const intervalMs = intervalSeconds * 1_000;
  const dueAt = (slotMs: number): PlannedRun => {
    const random = shareOf(`${source.name} ${slotMs}`);
    const lateMs = jitterSecondsOf(source, { intervalSeconds, random }) * 1_000;
    return { slotMs, dueMs: slotMs + Math.floor(lateMs) };
  };
  // n.b. whoever begins within a slot goes on with it
  const current = dueAt(Math.floor(nowMs / intervalMs) * intervalMs);
  const isPending = current.slotMs > lastSlotMs && current.dueMs > nowMs;
  return isPending ? current : dueAt(nextSlot(nowMs, intervalMs, lastSlotMs));
}

/**
 * The next slot of something with this interval. Slots are fixed points of the clock, multiples of
 * the interval, so that all processes agree on them and a restart moves none. `lastSlotMs` is the
 * last one that was used, if any: a clock that's behind another's doesn't use it again.
 */
export function nextSlot(nowMs: number, intervalMs: number, lastSlotMs = 0): number {
  return (Math.floor(Math.max(nowMs, lastSlotMs) / intervalMs) + 1) * intervalMs;
}

/** A number from 0 to less than 1 that's always the same for a text. */
function shareOf(text: string): number {
  return hash('sha256', text, 'buffer').readUInt32BE(0) / 2 ** 32;
}
