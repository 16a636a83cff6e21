export interface FetchErrorOptions extends ErrorOptions {
  /** The HTTP status, if the site responded. */
  status?: number | undefined;
  /** A retry may succeed. Default: false. */
  isTemporary?: boolean;
  /** The site is overloaded. */
  isOverloaded?: boolean;
  /** The delay that the site requires before the next request. */
  retryAfterMs?: number | undefined;
  /** The site blocks requests: until `blockedUntil`, or until robots.txt changes. */
  isBlocked?: boolean;
  blockedUntil?: Date | undefined;
}

/** A page couldn't be fetched; the fields say whether and when to retry. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  readonly status: number | undefined;
  readonly isTemporary: boolean;
  readonly isOverloaded: boolean;
  readonly retryAfterMs: number | undefined;
  readonly isBlocked: boolean;
  readonly blockedUntil: Date | undefined;

  constructor(message: string, options: FetchErrorOptions = {}) {
    super(message, options);
    this.status = options.status;
    this.isTemporary = options.isTemporary ?? false;
    this.isOverloaded = options.isOverloaded ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.isBlocked = options.isBlocked ?? false;
    this.blockedUntil = options.blockedUntil;
  }
}
