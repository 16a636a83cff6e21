import type { Outcome } from '../job.ts';

/**
 * The outcome of one delivery of a job, and its disposition: `ack`; `reject` when the job can't be
 * republished, so that the broker dead-letters it; `leave` when its channel or the bus closed first,
 * so that the broker redelivers it.
 */
export interface Settlement {
  readonly outcome: Outcome;
  readonly disposition: 'ack' | 'reject' | 'leave';
}

const SETTLEMENTS_KEPT = 1_000;

/**
 * Remembers the last deliveries by their keys, including those in progress. A lost acknowledgement
 * redelivers finished jobs.
 */
export class RecentSettlements {
  readonly #settlements = new Map<string, Promise<Settlement | undefined>>();

  get(key: string): Promise<Settlement | undefined> | undefined {
    return this.#settlements.get(key);
  }

  set(key: string, settlement: Promise<Settlement | undefined>): void {
    this.#settlements.delete(key);
    this.#settlements.set(key, settlement);
    const [oldest] = this.#settlements.keys();
    if (this.#settlements.size > SETTLEMENTS_KEPT && oldest !== undefined)
      this.#settlements.delete(oldest);
  }
}
