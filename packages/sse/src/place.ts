import { type Cursor, formatCursor, parseCursor } from './cursor.ts';
import type { History, HistoryEntry } from './history.ts';

/** Where a subscriber wants to start: after a cursor, with the newest few entries, or with what comes. */
export type Start =
  | { readonly kind: 'cursor'; readonly text: string }
  | { readonly kind: 'newest'; readonly count: number }
  | { readonly kind: 'live' };

/** Why a subscriber may have missed something. */
export type GapReason = 'expired' | 'other-log' | 'unknown' | 'malformed';

/** What was lost before `next`, as far as the subscriber has to be told. */
export interface Gap {
  readonly from: string | null;
  readonly reason: GapReason;
}

/** Where a subscriber is in the history. */
export interface Place {
  /** Index of the next entry to read. */
  readonly next: number;
  readonly gap?: Gap | undefined;
  /** A cursor that's ahead of this process, which may just be a moment behind another. */
  readonly awaits?: Cursor | undefined;
}

const MAX_CURSOR_BYTES = 128;

/** The place that a new subscriber starts from. */
export function placeFor(
  start: Start,
  { history, counts }: { history: History; counts: (entry: HistoryEntry) => boolean },
): Place {
  if (start.kind === 'live') return { next: history.next };
  if (start.kind === 'newest') return { next: history.indexOfNewest(start.count, counts) };
  const isShort = Buffer.byteLength(start.text) <= MAX_CURSOR_BYTES;
  const cursor = isShort ? parseCursor(start.text) : undefined;
  return cursor === undefined
    ? { next: history.next, gap: { from: null, reason: 'malformed' } }
    : placeBehind(cursor, history);
}

/** The place behind a cursor; `awaits` it when it isn't there yet. */
export function placeBehind(cursor: Cursor, history: History): Place {
  const location = history.locate(cursor);
  if (location.kind === 'ahead') return { next: history.next, awaits: cursor };
  if (location.kind === 'found') return { next: location.next };
  return {
    next: location.next,
    gap: { from: formatCursor(cursor), reason: location.reason },
  };
}
