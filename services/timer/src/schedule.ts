/**
 * When something with this interval is due next. Slots are fixed points of the clock, multiples of
 * the interval, so that all processes agree on them and a restart moves none. `lastSlotMs` is the
 * last one that was used, if any: a clock that's behind another's doesn't use it again.
 */
export function nextSlot(nowMs: number, intervalMs: number, lastSlotMs = 0): number {
  return (Math.floor(Math.max(nowMs, lastSlotMs) / intervalMs) + 1) * intervalMs;
}
