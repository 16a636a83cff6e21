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
  readonly #minMs: number;
  readonly #ownHosts: ReadonlySet<string>;
  readonly #delaysMs = new Map<string, number>();

  /** `minMs` is the shortest pause of a host; the operator's own hosts get none but what robots.txt asks for. */
  constructor({ minMs, ownHosts }: { minMs: number; ownHosts: ReadonlySet<string> }) {
    this.#minMs = minMs;
    this.#ownHosts = ownHosts;
  }

  /** Learns from an answer; `crawlDelayMs` is what robots.txt asks for. */
  observe(
    host: string,
    {
      crawlDelayMs = 0,
      ...answer
    }: { latencyMs: number; outcome: Outcome; crawlDelayMs?: number | undefined },
  ): void {
    const minMs = Math.max(this.#minMs, crawlDelayMs);
    const delayMs = this.#ownHosts.has(host)
      ? Math.min(crawlDelayMs, MAX_DELAY_MS)
      : nextDelayMs(this.#delaysMs.get(host) ?? minMs, { ...answer, minMs });
    this.#delaysMs.set(host, delayMs);
  }

  /** The pause that the host gets now. */
  of(host: string): number {
    return this.#delaysMs.get(host) ?? (this.#ownHosts.has(host) ? 0 : this.#minMs);
  }
}
