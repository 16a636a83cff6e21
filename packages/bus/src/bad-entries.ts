import type { BusLogger } from './bus.ts';
import type { InvalidMessageReason } from './cloud-event.ts';

/** The shortest time between two summaries. */
const SUMMARY_INTERVAL_MS = 60_000;

/** Logs the first bad entry of each reason in full and summarizes the others, since a log may hold any number of bad entries. */
export class BadEntries {
  readonly #logName: string;
  readonly #logger: BusLogger;
  readonly #seen = new Set<InvalidMessageReason>();
  /** Entries of each reason since the last summary. */
  readonly #counts = new Map<InvalidMessageReason, number>();
  #lastOffset: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(logName: string, logger: BusLogger) {
    this.#logName = logName;
    this.#logger = logger;
  }

  /** Logs the first entry of a reason at once, a later one with the next summary. */
  add(entry: { offset: number; reason: InvalidMessageReason; detail: string }): void {
    const { offset, reason } = entry;
    if (!this.#seen.has(reason)) {
      this.#seen.add(reason);
      this.#logger.warn({ log: this.#logName, ...entry }, 'skipped a bad log entry');
      return;
    }
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    this.#lastOffset = offset;
    this.#timer ??= setTimeout(() => this.summarize(), SUMMARY_INTERVAL_MS);
  }

  /** Logs the entries since the last summary, if there are any. */
  summarize(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#counts.size === 0) return;
    const reasons = Object.fromEntries(this.#counts);
    this.#counts.clear();
    this.#logger.warn(
      { log: this.#logName, reasons, lastOffset: this.#lastOffset },
      'skipped more bad log entries',
    );
  }
}
