export interface FetchErrorOptions extends ErrorOptions {
  /** Worth trying again. Default: not. */
  isTemporary?: boolean;
  /** The site has too much to do. */
  isOverloaded?: boolean;
  /** For how long the site wants to be left alone. */
  retryAfterMs?: number | undefined;
  /** The site doesn't want us: until `blockedUntil`, or until it changes its mind. */
  isBlocked?: boolean;
  blockedUntil?: Date | undefined;
}

/** A page couldn't be had; says whether it's worth trying again, and when. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  readonly isTemporary: boolean;
  readonly isOverloaded: boolean;
  readonly retryAfterMs: number | undefined;
  readonly isBlocked: boolean;
  readonly blockedUntil: Date | undefined;

  constructor(message: string, options: FetchErrorOptions = {}) {
    super(message, options);
    this.isTemporary = options.isTemporary ?? false;
    this.isOverloaded = options.isOverloaded ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.isBlocked = options.isBlocked ?? false;
    this.blockedUntil = options.blockedUntil;
  }
}
