/** The longest pause that follows from latency and overload. */
const MAX_DELAY_MS = 60_000;
/** The longest `Crawl-delay` that is obeyed. */
const MAX_ASKED_MS = 3_600_000;

/**
 * Computes the pause after a request as Scrapy's AutoThrottle does: the pause follows the latency,
 * and shrinks by at most half at once; an error never shrinks the pause, and overload doubles it.
 *
 * @see https://docs.scrapy.org/en/latest/topics/autothrottle.html#throttling-algorithm
 */
export function nextDelayMs(
  delayMs: number,
  { latencyMs, outcome, minMs }: { latencyMs: number; outcome: Outcome; minMs: number },
): number {
  const followed = Math.max(latencyMs, (delayMs + latencyMs) / 2);
  const wanted = {
    ok: followed,
    error: Math.max(delayMs, followed),
    overloaded: Math.max(delayMs, minMs, 500) * 2,
  }[outcome];
  return Math.max(Math.min(wanted, MAX_DELAY_MS), Math.min(minMs, MAX_ASKED_MS));
}

type Outcome = 'ok' | 'error' | 'overloaded';

/** Keeps the pause after a request for each host. */
export class AutoThrottle {
  #ownHosts: ReadonlySet<string>;
  readonly #delaysMs = new Map<string, number>();

  /** `ownHosts` are the operator's own hosts, which get the shortest pause whatever their latency. */
  constructor({ ownHosts }: { ownHosts: ReadonlySet<string> }) {
    this.#ownHosts = ownHosts;
  }

  replaceOwnHosts(ownHosts: ReadonlySet<string>): void {
    this.#ownHosts = ownHosts;
  }

  /** Adjusts a host's pause to a response; `minMs` is the minimum that the source and robots.txt set. */
  observe(
    host: string,
    { minMs, ...answer }: { latencyMs: number; outcome: Outcome; minMs: number },
  ): void {
    const delayMs = this.#ownHosts.has(host)
      ? Math.min(minMs, MAX_ASKED_MS)
      : nextDelayMs(this.#delaysMs.get(host) ?? minMs, { ...answer, minMs });
    this.#delaysMs.set(host, delayMs);
  }

  /** A host's current pause; undefined before its first response. */
  of(host: string): number | undefined {
    return this.#delaysMs.get(host);
  }
}
