import { intervalSecondsOf, type Source } from '@quotewire/sources';
import { believableSlot, nextRun, type PlannedRun, slotAt } from './schedule.ts';

/** A tick: a source that is due, and its slot. */
export interface DueTick {
  readonly source: Source;
  readonly slotMs: number;
}

export interface Circumstances {
  /** By the wall clock, which may jump. */
  nowMs: number;
  timerIntervalSeconds: number;
  /** The last slot of a source that is known to be used. */
  lastSlotMs: (source: Source) => number | undefined;
}

/** Bounds a sleep, since the clock may be set or the machine may sleep, which timeouts ignore. */
const MAX_SLEEP_MS = 60_000;
/** Runs that are due within this time start together. */
const MIN_SLEEP_MS = 10;

/** Plans when each source is due by the wall clock, which callers pass in. */
export class Plan {
  #sources: readonly Source[];
  readonly #planned = new Map<Source, PlannedRun>();
  /** The last slot given out for each source, which the log may not have yet. */
  readonly #given = new Map<Source, number>();
  #lastNowMs = Number.NEGATIVE_INFINITY;

  constructor(sources: readonly Source[]) {
    this.#sources = sources;
  }

  /**
   * Replaces the sources. The plan of an identical object stays; a changed source of the same name
   * uses no slot that was already given out.
   */
  replace(sources: readonly Source[]): void {
    const kept = new Set(sources);
    const givenTo = new Map([...this.#given].map(([{ name }, slotMs]) => [name, slotMs]));
    for (const source of this.#sources) {
      if (kept.has(source)) continue;
      this.#planned.delete(source);
      this.#given.delete(source);
    }
    for (const source of sources) {
      const slotMs = givenTo.get(source.name);
      if (slotMs !== undefined) this.#given.set(source, slotMs);
    }
    this.#sources = sources;
  }

  /** Discards the plan, for example after a change of interval. */
  renew(): void {
    this.#planned.clear();
  }

  /** Discards the plan and the slots given out, after the lead is lost: the next plan gets the used slots from the log. */
  forget(): void {
    this.#planned.clear();
    this.#given.clear();
  }

  /** Takes all sources at once, due or not. */
  takeAll(nowMs: number): DueTick[] {
    this.renew();
    return this.#sources.map((source) => this.#give(source, nowMs));
  }

  /** Takes one source at once, due or not. */
  takeOne(source: Source, nowMs: number): DueTick {
    this.#planned.delete(source);
    return this.#give(source, nowMs);
  }

  /** Takes the sources that are due. After a long sleep each source is due once, even if many slots have passed. */
  take(circumstances: Circumstances): DueTick[] {
    const { nowMs, timerIntervalSeconds } = circumstances;
    // the clock was set back: planned runs are as far ahead as that
    if (nowMs < this.#lastNowMs) this.renew();
    this.#lastNowMs = nowMs;
    const due: DueTick[] = [];
    for (const source of this.#sources) {
      const run = this.#planned.get(source) ?? this.#plan(source, circumstances);
      if (run.dueMs > nowMs) continue;
      const intervalMs = intervalSecondsOf(source, timerIntervalSeconds) * 1_000;
      due.push(this.#give(source, Math.max(run.slotMs, slotAt(nowMs, intervalMs))));
      this.#plan(source, circumstances);
    }
    return due;
  }

  /** The time until the next run is due, at most a minute. */
  sleepMs(nowMs: number): number {
    let dueMs = nowMs + MAX_SLEEP_MS;
    for (const run of this.#planned.values()) dueMs = Math.min(dueMs, run.dueMs);
    return Math.max(MIN_SLEEP_MS, dueMs - nowMs);
  }

  #give(source: Source, slotMs: number): DueTick {
    this.#given.set(source, slotMs);
    return { source, slotMs };
  }

  #plan(source: Source, { lastSlotMs, ...now }: Circumstances): PlannedRun {
    const used = [lastSlotMs(source), this.#given.get(source)].map((slotMs) =>
      believableSlot(source, { ...now, lastSlotMs: slotMs }),
    );
    const run = nextRun(source, { ...now, lastSlotMs: Math.max(...used) });
    this.#planned.set(source, run);
    return run;
  }
}
