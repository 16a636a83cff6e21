const FIRST_MS = 100;
const LONGEST_MS = 5_000;
/** An operator has to mend a refused login, and hosts ban clients that retry often. */
const AFTER_REFUSED_LOGIN_MS = 60_000;

/** The delay before the next attempt after a number of failures in a row. Jitter of half the delay keeps processes from reconnecting at once. */
export function backoffMs(reason: string, failures: number): number {
  const longestMs = isLoginRefused(reason)
    ? AFTER_REFUSED_LOGIN_MS
    : Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return longestMs * (0.5 + Math.random() / 2);
}

/**
 * Whether a connection failed because of the user's name or the password. n.b. amqplib's error has the
 * broker's text, which LavinMQ ends after the first word, but not its reply code.
 */
export function isLoginRefused(reason: string): boolean {
  return /"ACCESS_REFUSED("| - Login was refused)/.test(reason);
}
