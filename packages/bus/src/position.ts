import { createHash } from 'node:crypto';

/** A place in a log, which can be told from the same offset of another log. */
export interface Position {
  /** The log's own number of the entry. n.b. offsets grow, but they have holes: never count with them. */
  readonly offset: number;
  /** 12 hex digits of the SHA-256 of the entry's bytes. */
  readonly fingerprint: string;
}

/** What `Position.fingerprint` is made of. */
export function fingerprintOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 12);
}
