/** A place in a log: the entry that a subscriber has seen last. */
export interface Cursor {
  readonly offset: number;
  /** 12 hex digits that tell the entry from another log's at the same offset; `BEFORE` stands before it. */
  readonly fingerprint: string;
}

/** The fingerprint of a cursor that stands before the entry at its offset, and not behind it. */
export const BEFORE = '000000000000';

const CURSOR = /^(0|[1-9]\d{0,14})-([0-9a-f]{12})$/;

/** `<offset>-<fingerprint>`: at most 28 bytes, all of them safe in a `Last-Event-ID` header. */
export function formatCursor({ offset, fingerprint }: Cursor): string {
  return `${offset}-${fingerprint}`;
}

/** The cursor in a text, or undefined when it isn't one. */
export function parseCursor(text: string): Cursor | undefined {
  const [, offset, fingerprint] = CURSOR.exec(text) ?? [];
  return offset === undefined || fingerprint === undefined
    ? undefined
    : { offset: Number(offset), fingerprint };
}
