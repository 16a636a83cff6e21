import { hash } from 'node:crypto';
import type { Hub } from '@quotewire/sse';
import { zonedTime } from './zoned-time.ts';

/** What each second brings, in this order; `message` is what browsers call an event without a name. */
const ZONES = { message: 'UTC', est: 'America/New_York', pdt: 'America/Los_Angeles' };
export const EVENT_NAMES = Object.keys(ZONES);

/** A browser that was away for less misses nothing. */
const HISTORY_SECONDS = 60;

/**
 * The clock as a log. Returns what appends each second up to a moment, in ms, however late it's
 * called: at first the last minute. After a leap of the clock by more there's a gap. An entry's
 * place and bytes follow from its second, so that cursors hold on every replica and after a restart.
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
    const fingerprint = hash('sha256', data).slice(0, 12);
    const event = name === 'message' ? {} : { event: name };
    hub.append({ offset, fingerprint, data, facets: { events: [name] }, ...event });
  }
}
