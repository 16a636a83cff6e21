import { type Cursor, formatCursor, parseCursor } from './cursor.ts';
import type { History } from './history.ts';
import { NewestSearch } from './newest-search.ts';

/** The start that a subscriber requests: after a cursor, with the newest entries, or live. */
export type Start =
  | { readonly kind: 'cursor'; readonly text: string }
  | { readonly kind: 'newest'; readonly limit: number }
  | { readonly kind: 'live' };

/** Why a subscriber may have missed entries. */
export type GapReason = 'expired' | 'other-log' | 'unknown' | 'malformed';

/** A gap before `next`, to be reported to the subscriber. */
export interface Gap {
  readonly from: string | null;
  readonly reason: GapReason;
}

/** The position of a subscriber in the history. */
export interface ResumePoint {
  /** Index of the next entry to read. */
  readonly next: number;
  readonly gap?: Gap | undefined;
  /** A cursor that's ahead of this process, which may lag behind another replica. */
  readonly awaits?: Cursor | undefined;
  /** The search for the start, which may be older than `next`. */
  readonly search?: NewestSearch | undefined;
}

const MAX_CURSOR_BYTES = 128;

/** Resolves the position at which a new subscriber starts. */
export function resolveStart(start: Start, history: History): ResumePoint {
  if (start.kind === 'live') return { next: history.next };
  if (start.kind === 'newest') {
    return { next: history.next, search: new NewestSearch(history, start.limit) };
  }
  const isShort = Buffer.byteLength(start.text) <= MAX_CURSOR_BYTES;
  const cursor = isShort ? parseCursor(start.text) : undefined;
  return cursor === undefined
    ? { next: history.next, gap: { from: null, reason: 'malformed' } }
    : resumeAfter(cursor, history);
}

/** Resolves the position after a cursor; `awaits` the cursor if the history hasn't reached it. */
export function resumeAfter(cursor: Cursor, history: History): ResumePoint {
  const location = history.locate(cursor);
  if (location.kind === 'ahead') return { next: history.next, awaits: cursor };
  if (location.kind === 'found') return { next: location.next };
  return {
    next: location.next,
    gap: { from: formatCursor(cursor), reason: location.reason },
  };
}
