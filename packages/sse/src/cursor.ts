import { hash } from 'node:crypto';

/** A position in a log: the last entry that a subscriber has received. */
export interface Cursor {
  readonly offset: number;
  /** 12 hex digits that distinguish the entry from another log's entry at the same offset; `BEFORE` is the position before the entry. */
  readonly fingerprint: string;
}

/** The fingerprint of a cursor whose position is before the entry at its offset, not after it. */
export const BEFORE = '000000000000';

const CURSOR = /^(0|[1-9]\d{0,14})-([0-9a-f]{12})$/;

/** Computes the fingerprint of an entry from its data. */
export function fingerprintOf(data: string): string {
  return hash('sha256', data).slice(0, 12);
}

/** Formats a cursor as `<offset>-<fingerprint>`: at most 28 bytes, all of them safe in a `Last-Event-ID` header. */
export function formatCursor({ offset, fingerprint }: Cursor): string {
  return `${offset}-${fingerprint}`;
}

/** Parses a cursor. Returns undefined if the text isn't one. */
export function parseCursor(text: string): Cursor | undefined {
  const [, offset, fingerprint] = CURSOR.exec(text) ?? [];
  return offset === undefined || fingerprint === undefined
    ? undefined
    : { offset: Number(offset), fingerprint };
}
