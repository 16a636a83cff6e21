import {
  addSnapshots,
  countsOf,
  formatSnapshots,
  type MetricSnapshot,
} from '../metric-snapshots.ts';
import type { Metrics } from '../metrics.ts';

/** The metrics of a primary and its workers, added up. Counts of workers that have ended remain. */
export class AddedMetrics {
  readonly #own: Metrics;
  #departed: Promise<MetricSnapshot> = Promise.resolve([]);

  constructor({ own }: { own: Metrics }) {
    this.#own = own;
  }

  /** Adds the last metrics of a worker that has ended. */
  keep(last: MetricSnapshot): void {
    const counts = countsOf(last);
    this.#departed = this.#departed.then((departed) => addSnapshots([departed, counts]));
  }

  /** Formats the sum. A worker that ends while they are read must not be kept as well: so call this at once. */
  async format(workers: readonly Promise<MetricSnapshot>[]): Promise<string> {
    return formatSnapshots(await Promise.all([this.#own.snapshot(), this.#departed, ...workers]));
  }
}
