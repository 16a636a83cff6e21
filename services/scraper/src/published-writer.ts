import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Bus, BusLogger, Position } from '@quotewire/bus';
import {
  encodeIds,
  MAX_BATCH_IDS,
  type PublishedBatch,
  publishedLock,
  quotesPublished,
} from '@quotewire/events';
import { UncoveredEntries } from './uncovered-entries.ts';

/**
 * The newest entries of `quotes.log` that no batch covers: a start reads them and learns their runs.
 * With an incomplete batch they take 4 MB; a smaller log drops quotes before a batch covers them.
 */
const KEPT_ENTRIES = MAX_BATCH_IDS;
/** Older entries get a batch earlier: no run lasts so long that its job could come again. */
const KEPT_MS = 2 * 86_400_000;
/** The most ids that wait to be written again. */
const MAX_REFRESHED = 200_000;
const RETRY_MS = 30_000;

export interface PublishedWriterOptions {
  bus: Bus;
  logger: BusLogger;
  /** Publishes the states of all sources to `quotes.log`; resolves once the broker has confirmed them. */
  publishStates: () => Promise<void>;
  /** The number of sources with a known state; a larger number spaces batches further apart. */
  sourceCount: () => number;
  /** The longest random delay before taking the lock, in ms; spreads replicas. Default 3,000; 0 takes it in the next turn of the event loop. */
  jitterMs?: number;
}

/**
 * Writes the ids of published quotes to `published.log`, one batch for each 2,500 entries of
 * `quotes.log`. The scraper that holds the lock writes; a duplicate batch is harmless.
 *
 * The states of all sources are published before each series of batches, so that a scraper which
 * starts after the entries of a batch still reads the states.
 */
export class PublishedWriter {
  readonly #options: PublishedWriterOptions;
  readonly #uncovered = new UncoveredEntries();
  readonly #refreshed = new Set<string>();
  readonly #closing = new AbortController();
  #epoch: string | undefined;
  /** Whether this process chose the epoch itself; the first batch read replaces it. */
  #isEpochOwn = false;
  #upTo: Position | undefined;
  #isStarted = false;
  #writing: Promise<void> | undefined;

  constructor(options: PublishedWriterOptions) {
    this.#options = options;
  }

  /** The last entry of `quotes.log` that the batches cover; undefined without batches. */
  get upTo(): Position | undefined {
    return this.#upTo;
  }

  /** Adds the next entry of `quotes.log`, published at `atMs`, with its id if the entry is a quote. */
  onEntry(entry: Position, { id, atMs }: { id?: string; atMs: number }): void {
    if (this.#epoch === undefined) {
      // all replicas choose the same epoch as long as the log has dropped nothing
      this.#epoch = `${entry.offset}-${entry.fingerprint}`;
    }
    const wasFull = this.#uncovered.isFull;
    this.#uncovered.add(entry, { id, atMs });
    if (this.#uncovered.isFull && !wasFull) {
      const { logger } = this.#options;
      logger.warn(
        { entries: this.#uncovered.size },
        'too many entries without a batch of ids; the next start reads them again',
      );
    }
    this.#writeIfDue();
  }

  /** Applies the next batch of `published.log`; returns whether a new epoch invalidates the previous batches. */
  onBatch({ epoch, upTo }: Pick<PublishedBatch, 'epoch' | 'upTo'>): boolean {
    if (this.#isStarted && epoch !== this.#epoch && !this.#isEpochOwn) return false;
    const isNewEpoch = epoch !== this.#epoch;
    this.#epoch = epoch;
    this.#isEpochOwn = false;
    if (isNewEpoch || upTo.offset > (this.#upTo?.offset ?? -1)) this.#upTo = upTo;
    this.#uncovered.cover(upTo.offset);
    return isNewEpoch;
  }

  /** Writes an id again before the log drops its batch. */
  refresh(id: string): void {
    if (this.#refreshed.size < MAX_REFRESHED) this.#refreshed.add(id);
    this.#writeIfDue();
  }

  /** Starts a new epoch: `quotes.log` was replaced. */
  beginEpoch(): void {
    this.#epoch = undefined;
    this.#isEpochOwn = false;
    this.#upTo = undefined;
    this.#uncovered.clear();
  }

  /** Starts writing batches; call once both logs are caught up. */
  start(): void {
    this.#isStarted = true;
    this.#isEpochOwn = this.#upTo === undefined;
    this.#writeIfDue();
  }

  /** Stops writing and waits for the batch in progress. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#writing;
  }

  get #isDue(): boolean {
    if (this.#uncovered.hasOld) return true;
    const spacing = Math.max(MAX_BATCH_IDS, this.#options.sourceCount());
    return (
      (this.#uncovered.size >= KEPT_ENTRIES + spacing &&
        this.#uncovered.next({ keep: KEPT_ENTRIES }) !== undefined) ||
      (this.#refreshed.size >= MAX_BATCH_IDS && this.#upTo !== undefined)
    );
  }

  #writeIfDue(): void {
    const { signal } = this.#closing;
    if (this.#isStarted) this.#uncovered.sealOld({ beforeMs: Date.now() - KEPT_MS });
    if (!this.#isStarted || this.#writing !== undefined || signal.aborted || !this.#isDue) return;
    const { jitterMs = 3_000 } = this.#options;
    this.#writing = this.#writeSoon(Math.random() * jitterMs).finally(() => {
      this.#writing = undefined;
      this.#writeIfDue();
    });
  }

  async #writeSoon(afterMs: number): Promise<void> {
    const { signal } = this.#closing;
    try {
      // n.b. a timer of 0 ms fires at a time of its own, so that a simulation wouldn't repeat
      await (afterMs > 0 ? delay(afterMs, undefined, { signal }) : nextTurn(undefined, { signal }));
      // another scraper may have written in the meantime
      if (this.#isDue) await this.#tryToWrite(signal);
    } catch (err) {
      if (signal.aborted) return;
      this.#options.logger.warn({ err }, "the ids of published quotes can't be written now");
      await delay(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #tryToWrite(signal: AbortSignal): Promise<void> {
    const { bus, publishStates } = this.#options;
    const lock = await bus.tryLock(publishedLock);
    if (lock === undefined) return;
    const lost = new AbortController();
    void lock.lost.then(() => lost.abort());
    const stop = AbortSignal.any([signal, lost.signal]);
    try {
      await publishStates();
      while (!stop.aborted && (await this.#writeNext()));
    } finally {
      await lock.release();
    }
  }

  /** Writes one batch; resolves with false if none is due. */
  async #writeNext(): Promise<boolean> {
    const epoch = this.#epoch;
    const next = this.#uncovered.next({ keep: KEPT_ENTRIES });
    if (epoch === undefined) return false;
    if (next === undefined) return this.#writeRefreshed(epoch);
    const { ids, upTo } = next;
    await this.#options.bus.publish(quotesPublished, { epoch, ids, upTo });
    if (epoch === this.#epoch) this.onBatch({ epoch, upTo });
    return true;
  }

  async #writeRefreshed(epoch: string): Promise<boolean> {
    const upTo = this.#upTo;
    if (upTo === undefined || this.#refreshed.size < MAX_BATCH_IDS) return false;
    const ids = [...this.#refreshed].slice(0, MAX_BATCH_IDS);
    await this.#options.bus.publish(quotesPublished, { epoch, ids: encodeIds(ids), upTo });
    for (const id of ids) this.#refreshed.delete(id);
    return true;
  }
}
