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

export interface PublishedQuotesOptions {
  /** Ids in a generation. Default 196,608. */
  generation?: number;
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
  readonly #onRefresh: (id: string) => void;
  readonly #bytes = Buffer.alloc(ID_BYTES);
  /** Oldest first. */
  #generations = [new IdTable()];
  #runs = new Map<string, string>();
  #olderRuns = new Map<string, string>();
  readonly #productiveRuns = new Set<string>();

  constructor({ generation = GENERATION, onRefresh = () => {} }: PublishedQuotesOptions = {}) {
    this.#generation = generation;
    this.#onRefresh = onRefresh;
  }

  add({ id, runId }: { id: string; runId?: string | undefined }): void {
    const [high, low] = this.#keyOf(id);
    this.#add(high, low);
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
