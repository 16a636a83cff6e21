import { hash } from 'node:crypto';

/** A position in a log. The fingerprint distinguishes it from the same offset of another log. */
export interface Position {
  /** The log's number of the entry. n.b. offsets increase with holes between them: a difference of offsets is no count. */
  readonly offset: number;
  /** 12 hex digits of the SHA-256 of the entry's bytes. */
  readonly fingerprint: string;
}

/** Computes `Position.fingerprint` from the bytes of an entry. */
export function fingerprintOf(body: Buffer): string {
  return hash('sha256', body, 'hex').slice(0, 12);
}
