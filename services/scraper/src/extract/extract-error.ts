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

const temporary = new Set<ExtractErrorCode>(['crashed', 'closed']);

/** A page can't be read as its source says. */
export class ExtractError extends Error {
  override readonly name = 'ExtractError';
  readonly code: ExtractErrorCode;
  /** Worth trying again: it isn't the page's fault. */
  readonly isTemporary: boolean;

  constructor(message: string, { code, ...options }: ErrorOptions & { code: ExtractErrorCode }) {
    super(message, options);
    this.code = code;
    this.isTemporary = temporary.has(code);
  }
}
