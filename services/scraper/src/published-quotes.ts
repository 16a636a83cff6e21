import { IdTable } from './id-table.ts';

/** Three quarters of 2^18 slots: a full table takes 2 MiB, which fits a processor's cache. */
const GENERATION = 196_608;
/** 5,900,000 ids in at most 60 MiB. */
const MAX_GENERATIONS = 30;
/** Quotes in each of two generations of run ids; a quote's run matters only while a job of the run may be redelivered. */
const RUNS_GENERATION = 50_000;
/** Older runs have ended. */
const MAX_RUNS = 1_000;
const ID_BYTES = 16;
/** The log delivers a confirmed quote within milliseconds, except while it has no leader. */
const READ_DEADLINE_MS = 10_000;

export interface PublishedQuotesOptions {
  /** Ids in a generation. Default 196,608. */
  generation?: number;
  /** How long a confirmed quote may take to come back from the log. Default 10,000. */
  readDeadlineMs?: number;
  /** Called when an id is found in the older half of the generations, and moved to the youngest. */
  onRefresh?: (id: string) => void;
}

/**
 * Remembers which quotes have been published, and by which run. Ids are kept in generations: when the
 * youngest is full, the oldest is dropped. A lookup moves an old id to the youngest generation, so a
 * quote that is still on its page is never forgotten.
 */
export class PublishedQuotes {
  readonly #generation: number;
  readonly #readDeadlineMs: number;
  readonly #onRefresh: (id: string) => void;
  readonly #bytes = Buffer.alloc(ID_BYTES);
  /** Oldest first. */
  #generations = [new IdTable()];
  #runs = new Map<string, string>();
  #olderRuns = new Map<string, string>();
  readonly #productiveRuns = new Set<string>();
  /** Resolve when a quote is added. */
  readonly #awaited = new Map<string, PromiseWithResolvers<void>>();

  constructor({
    generation = GENERATION,
    readDeadlineMs = READ_DEADLINE_MS,
    onRefresh = () => {},
  }: PublishedQuotesOptions = {}) {
    this.#generation = generation;
    this.#readDeadlineMs = readDeadlineMs;
    this.#onRefresh = onRefresh;
  }

  add({ id, runId }: { id: string; runId?: string | undefined }): void {
    const [high, low] = this.#keyOf(id);
    this.#add(high, low);
    this.#awaited.get(id)?.resolve();
    if (runId === undefined || this.#runOf(id) !== undefined) return;
    this.#runs.set(id, runId);
    if (this.#runs.size >= RUNS_GENERATION) {
      this.#olderRuns = this.#runs;
      this.#runs = new Map();
    }
    this.#rememberRun(runId);
  }

  /** Adds ids of 16 bytes each, without runs. */
  addAll(ids: Buffer): void {
    for (let at = 0; at < ids.byteLength; at += ID_BYTES) {
      this.#add(ids.readUInt32LE(at), ids.readUInt32LE(at + 4));
    }
  }

  has(id: string): boolean {
    const [high, low] = this.#keyOf(id);
    const index = this.#generations.findLastIndex((table) => table.has(high, low));
    if (index < 0) return false;
    const age = this.#generations.length - 1 - index;
    if (age >= MAX_GENERATIONS / 2) {
      this.#add(high, low);
      this.#onRefresh(id);
    }
    return true;
  }

  /**
   * Resolves once a quote that the broker has confirmed was read from the log, and added. Rejects after
   * the deadline. n.b. a cluster of RabbitMQ may confirm an entry of a stream and lose it.
   */
  async untilRead(id: string): Promise<void> {
    if (this.has(id)) return;
    const awaited = this.#awaited.get(id) ?? Promise.withResolvers<void>();
    this.#awaited.set(id, awaited);
    const complaint = `the broker confirmed quote ${id}, but the log hasn't delivered it`;
    const deadline = setTimeout(() => awaited.reject(new Error(complaint)), this.#readDeadlineMs);
    try {
      await awaited.promise;
    } finally {
      clearTimeout(deadline);
      this.#awaited.delete(id);
    }
  }

  /**
   * Whether a quote is new to this run, redeliveries included. After a restart only the runs of the
   * newest quotes are known.
   */
  isNewsOf(runId: string, id: string): boolean {
    return !this.has(id) || this.#runOf(id) === runId;
  }

  /** Whether a run has published anything. */
  hasAnyOf(runId: string): boolean {
    return this.#productiveRuns.has(runId);
  }

  /** Clears the ids, but not the runs. */
  clear(): void {
    this.#generations = [new IdTable()];
  }

  #add(high: number, low: number): void {
    let youngest = this.#generations.at(-1);
    if (youngest === undefined || youngest.size >= this.#generation) {
      youngest = new IdTable();
      this.#generations.push(youngest);
      if (this.#generations.length > MAX_GENERATIONS) this.#generations.shift();
    }
    youngest.add(high, low);
  }

  #keyOf(id: string): [high: number, low: number] {
    this.#bytes.write(id, 'base64url');
    return [this.#bytes.readUInt32LE(0), this.#bytes.readUInt32LE(4)];
  }

  #runOf(id: string): string | undefined {
    return this.#runs.get(id) ?? this.#olderRuns.get(id);
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
