/** Why extraction failed; the error's message names the fix. */
export type ExtractErrorCode =
  | 'not-json'
  | 'not-a-feed'
  | 'not-found'
  | 'too-deep'
  | 'unreadable'
  | 'timed-out'
  | 'out-of-memory'
  | 'crashed'
  | 'closed';

const temporary = new Set<ExtractErrorCode>(['crashed', 'closed']);

/** Extraction from a page failed. */
export class ExtractError extends Error {
  override readonly name = 'ExtractError';
  readonly code: ExtractErrorCode;
  /** A retry may succeed: the fault isn't the page's. */
  readonly isTemporary: boolean;

  constructor(message: string, { code, ...options }: ErrorOptions & { code: ExtractErrorCode }) {
    super(message, options);
    this.code = code;
    this.isTemporary = temporary.has(code);
  }
}
