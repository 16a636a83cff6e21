/** How many quotes are remembered; older ones may be published again. About 100 bytes each. */
const MAX_QUOTES = 500_000;
/** Older runs are over. */
const MAX_RUNS = 1_000;

/** Which quotes have been published, and by which run, as far as the log tells. */
export class PublishedQuotes {
  readonly #runs = new Map<string, string | undefined>();
  readonly #productiveRuns = new Set<string>();

  add({ id, runId }: { id: string; runId?: string | undefined }): void {
    if (this.#runs.has(id)) return;
    this.#runs.set(id, runId);
    if (runId !== undefined) this.#rememberRun(runId);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MAX_QUOTES && oldest !== undefined) this.#runs.delete(oldest);
  }

  has(id: string): boolean {
    return this.#runs.has(id);
  }

  /** Whether a quote was news in a run: what the run itself has published is, when its page is done once more. */
  isNewsOf(runId: string, id: string): boolean {
    return !this.#runs.has(id) || this.#runs.get(id) === runId;
  }

  /** Whether a run has published anything. */
  hasAnyOf(runId: string): boolean {
    return this.#productiveRuns.has(runId);
  }

  #rememberRun(runId: string): void {
    this.#productiveRuns.delete(runId);
    this.#productiveRuns.add(runId);
    const [oldest] = this.#productiveRuns;
    if (this.#productiveRuns.size > MAX_RUNS && oldest !== undefined) {
      this.#productiveRuns.delete(oldest);
    }
  }
}
