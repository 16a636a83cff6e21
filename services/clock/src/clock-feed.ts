import type { Hub } from '@quotewire/sse';
import { zonedTime } from './zoned-time.ts';

/** The events of each second, in order; browsers call an event without a name `message`. */
const ZONES = { message: 'UTC', est: 'America/New_York', pdt: 'America/Los_Angeles' };
export const EVENT_NAMES = Object.keys(ZONES);

/** A browser can resume without a gap within this time. */
const HISTORY_SECONDS = 60;

/**
 * Creates a log of the clock. Returns a function that appends every second up to a moment, in ms; the
 * first call appends the last minute. If the clock jumps by more, the hub is interrupted. An entry's
 * offset and bytes follow from its second, so that cursors are valid on every replica and after a
 * restart.
 */
export function createClockFeed(hub: Hub): (nowMs: number) => void {
  let next = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    const second = Math.floor(nowMs / 1_000);
    if (Math.abs(second - next) > HISTORY_SECONDS) {
      hub.interrupt(second < next ? 'other-log' : 'expired');
      next = second - HISTORY_SECONDS + 1;
    }
    for (; next <= second; next += 1) appendSecond(next, hub);
  };
}

function appendSecond(second: number, hub: Hub): void {
  for (const [index, [name, zone]] of Object.entries(ZONES).entries()) {
    const offset = second * EVENT_NAMES.length + index;
    const data = zonedTime(second * 1_000, zone);
    const event = name === 'message' ? {} : { event: name };
    hub.append({ offset, data, facets: { events: [name] }, ...event });
  }
}
