import type { Connection } from './connection.ts';
import type { SseCount } from './counters.ts';
import { encodeFrame } from './frame.ts';
import { batchFrames } from './frame.ts';

/** Ends a stream with a retry time, since a browser never reconnects after an error status. */
export function refuse(
  connection: Connection,
  { reason, count }: { reason: string; count: SseCount },
): void {
  count('sse_turned_away_total', { reason });
  const retry = 1_000 + Math.floor(Math.random() * 4_000);
  const batch = batchFrames([encodeFrame({ retry })]);
  connection.write(connection.isCompressed ? batch.stored : batch);
  connection.end();
}

/** A random delay before a browser reconnects, in ms, which spreads the reconnects after a restart. */
export function randomRetry(): number {
  return 2_000 + Math.floor(Math.random() * 3_000);
}
