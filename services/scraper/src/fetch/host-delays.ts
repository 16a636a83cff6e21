/** The longest pause between two requests to a host, whatever it asks for in robots.txt. */
const MAX_DELAY_MS = 60_000;

/**
 * The pause after a request, as Scrapy's AutoThrottle has it: it follows the time that an answer
 * takes, half the way at once when that shrinks; an error never shrinks it, and overload doubles it.
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
  return Math.min(Math.max(wanted, minMs), MAX_DELAY_MS);
}

type Outcome = 'ok' | 'error' | 'overloaded';

/** How long each host is left alone after a request. */
export class HostDelays {
  readonly #ownHosts: ReadonlySet<string>;
  readonly #delaysMs = new Map<string, number>();

  /** `ownHosts` are the operator's own, which get the shortest pause however long they take. */
  constructor({ ownHosts }: { ownHosts: ReadonlySet<string> }) {
    this.#ownHosts = ownHosts;
  }

  /** Learns from an answer; `minMs` is the shortest pause, as the source and robots.txt have it. */
  observe(
    host: string,
    { minMs, ...answer }: { latencyMs: number; outcome: Outcome; minMs: number },
  ): void {
    const delayMs = this.#ownHosts.has(host)
      ? Math.min(minMs, MAX_DELAY_MS)
      : nextDelayMs(this.#delaysMs.get(host) ?? minMs, { ...answer, minMs });
    this.#delaysMs.set(host, delayMs);
  }

  /** The pause that the host gets now; undefined before its first answer. */
  of(host: string): number | undefined {
    return this.#delaysMs.get(host);
  }
}
