/**
 * When something with this interval is due next. Slots are fixed points of the clock, multiples of
 * the interval, so that all processes agree on them and a restart moves none.
 */
export function nextSlot(nowMs: number, intervalMs: number): number {
  return (Math.floor(nowMs / intervalMs) + 1) * intervalMs;
}
