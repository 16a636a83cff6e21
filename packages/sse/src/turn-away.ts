import type { Connection } from './connection.ts';
import type { SseCount } from './counters.ts';
import { encodeFrame } from './frame.ts';
import { joinFrames } from './piece.ts';

/** Sends a browser back for a while: on an error status it would give up for good. */
export function turnAway(
  connection: Connection,
  { reason, count }: { reason: string; count: SseCount },
): void {
  count('sse_turned_away_total', { reason });
  const retry = 1_000 + Math.floor(Math.random() * 4_000);
  connection.write(joinFrames([encodeFrame({ retry })]));
  connection.end();
}

/** How long a served browser waits before it comes back, in ms: those cut at the same moment shouldn't all be back at the same moment. */
export function randomRetry(): number {
  return 2_000 + Math.floor(Math.random() * 3_000);
}
