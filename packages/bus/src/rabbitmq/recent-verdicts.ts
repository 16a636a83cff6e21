import type { Verdict } from '../job.ts';

const VERDICTS_KEPT = 1_000;

/** What became of the last jobs, by message id: an acknowledgement that got lost makes the broker deliver a job again that was done. */
export class RecentVerdicts {
  readonly #verdicts = new Map<string, Promise<Verdict>>();

  get(messageId: string | undefined): Promise<Verdict> | undefined {
    return this.#verdicts.get(messageId ?? '');
  }

  set(messageId: string | undefined, verdict: Promise<Verdict>): void {
    if (messageId === undefined) return;
    this.#verdicts.delete(messageId);
    this.#verdicts.set(messageId, verdict);
    const [oldest] = this.#verdicts.keys();
    if (this.#verdicts.size > VERDICTS_KEPT && oldest !== undefined) this.#verdicts.delete(oldest);
  }
}
