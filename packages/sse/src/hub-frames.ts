import { type Cursor, formatCursor } from './cursor.ts';
import { batchFrames, encodeFrame, type FrameBatch } from './frame.ts';
import type { History } from './history.ts';
import { randomRetry } from './refuse.ts';
import type { Gap, ResumePoint } from './resume-point.ts';

/**
 * The first frames of a stream: a retry time, and a cursor if the start is resolved, so that a browser
 * can resume if it disconnects before its first event.
 */
export function createPreamble(
  { awaits, gap, next, search }: ResumePoint,
  history: History,
): FrameBatch {
  const retry = encodeFrame({ retry: randomRetry() });
  if (gap !== undefined || search !== undefined) return batchFrames([retry]);
  const cursor = awaits ?? history.cursorBefore(next);
  return batchFrames([retry, encodeFrame({ id: formatCursor(cursor) })]);
}

/** The `gap` event, with the cursor from which the stream continues. */
export function createGapFrame({ from, reason }: Gap, end: Cursor): FrameBatch {
  const to = formatCursor(end);
  const data = JSON.stringify({ from, to, reason });
  return batchFrames([encodeFrame({ id: to, event: 'gap', data })]);
}

/** The `heartbeat` event for subscribers that are caught up, with the newest cursor. */
export function createHeartbeat(history: History): FrameBatch {
  const id = formatCursor(history.newestCursor);
  return batchFrames([encodeFrame({ id, event: 'heartbeat', data: '{}' })]);
}
