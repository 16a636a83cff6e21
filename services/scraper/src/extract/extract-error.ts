/** Why a page couldn't be read; the message says what to do. */
export type ExtractErrorCode =
  | 'not-json'
  | 'not-a-feed'
  | 'not-found'
  | 'too-deep'
  | 'timed-out'
  | 'out-of-memory'
  | 'crashed'
  | 'closed';

/** A page can't be read as its source says. Trying again helps only after `crashed` and `closed`. */
export class ExtractError extends Error {
  override readonly name = 'ExtractError';
  readonly code: ExtractErrorCode;

  constructor(message: string, { code, ...options }: ErrorOptions & { code: ExtractErrorCode }) {
    super(message, options);
    this.code = code;
  }
}
