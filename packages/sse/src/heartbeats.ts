import { setImmediate as nextTurn } from 'node:timers/promises';
import type { History } from './history.ts';
import type { FrameBatch } from './frame.ts';
import { createHeartbeat } from './hub-frames.ts';
import { SLICE } from './fan-out-scheduler.ts';
import type { Subscriber } from './subscriber.ts';

/** The hub closes a socket that accepts nothing for this long; the browser can resume. */
export const STALLED_MS = 30_000;

export interface HeartbeatsOptions {
  history: History;
  subscribers: Iterable<Subscriber>;
  intervalMs: number;
  write: (subscriber: Subscriber, batch: FrameBatch) => void;
  /** Called when each subscriber has had its turn. */
  onSent: () => void;
  /** Called for each subscriber whose socket has accepted nothing for `STALLED_MS`. */
  onStalled: (subscriber: Subscriber) => void;
}

/**
 * Periodically sends the newest cursor to all subscribers that are caught up, and detects stalled
 * ones, one slice in each turn of the event loop. Returns a function that stops the heartbeats.
 */
export function startHeartbeats({
  history,
  subscribers,
  intervalMs,
  write,
  onSent,
  onStalled,
}: HeartbeatsOptions): () => void {
  // n.b. a subscriber that isn't caught up would resume from the newest cursor and miss the entries before it
  const hasReadAll = ({ next, awaits, gap, search }: Subscriber) =>
    next === history.next && awaits === undefined && gap === undefined && search === undefined;

  async function sendHeartbeats(): Promise<void> {
    const now = performance.now();
    let heartbeat = createHeartbeat(history);
    let served = 0;
    for (const subscriber of subscribers) {
      if (subscriber.stalledMs(now) > STALLED_MS) onStalled(subscriber);
      else if (!subscriber.isBlocked && hasReadAll(subscriber)) write(subscriber, heartbeat);
      served += 1;
      if (served % SLICE !== 0) continue;
      await nextTurn();
      heartbeat = createHeartbeat(history);
    }
    onSent();
  }

  const timer = setInterval(() => void sendHeartbeats(), intervalMs);
  return () => clearInterval(timer);
}
