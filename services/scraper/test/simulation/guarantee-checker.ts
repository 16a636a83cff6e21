import type { SourceStatus } from '@quotewire/events';
import { intervalSecondsOf, type Source } from '@quotewire/sources';
import type { RunRecord } from './run-record.ts';
import type { SimulatedSite } from './simulated-site.ts';
import type { SourceStates } from '../../src/source-states.ts';

type State = SourceStatus['state'];

const HEALTHY_STATES = new Set<State>(['ok', 'not-modified', 'stale', 'exhausted']);
const DAY_MS = 86_400_000;

/** Compares the quotes and faults of a site with the published quotes and states of its source. */
export class GuaranteeChecker {
  readonly site: SimulatedSite;
  readonly #published: ReadonlyMap<string, number>;
  readonly violations: string[] = [];
  /** When a fault last prevented a run from reading the whole site. */
  faultyAtMs = Date.now();
  /** When quotes last moved to pages that a run had already read. */
  reorderedAtMs = 0;
  #failedRuns = 0;
  /** When a run was last complete. */
  #completeAtMs = 0;
  #hadLink = false;
  /** Counts the published states. */
  readonly stateCounts = new Map<string, number>();
  requests = 0;
  runs = 0;
  /** Counts complete runs with a healthy state. */
  completeRuns = 0;

  constructor(site: SimulatedSite, published: ReadonlyMap<string, number>) {
    this.site = site;
    this.#published = published;
  }

  /** Discards what earlier runs showed, after a change of the entry. */
  onEntryChanged(): void {
    this.#hadLink = false;
    this.#failedRuns = 0;
    this.faultyAtMs = Date.now();
  }

  /** Checks a run after its last job. */
  onRunEnd(run: RunRecord, { source, states }: { source: Source; states: SourceStates }): void {
    const known = states.of(source.name);
    const state = known?.state;
    this.runs += 1;
    this.requests += run.requests;
    this.stateCounts.set(state ?? 'none', (this.stateCounts.get(state ?? 'none') ?? 0) + 1);
    const expected = this.#expectedStates(run, state);
    if (!expected.has(state ?? 'ok')) {
      this.#report(
        `published ${state} (${known?.detail}) instead of ${[...expected].join(' or ')}`,
        run,
      );
    }
    if (run.isReordered) this.reorderedAtMs = Date.now();
    if (run.faults.size > 0 || run.hasSkippedJob) {
      this.faultyAtMs = Date.now();
      return;
    }
    if (state === undefined || !HEALTHY_STATES.has(state)) return;
    if (source.mode === 'random' && state !== 'exhausted') return;
    const isComplete = known?.reachedEnd === true && known.nextPage === undefined;
    if (isComplete) this.#completeAtMs = Date.now();
    if (source.mode !== 'random') this.#checkSweep(run, source);
    if (!isComplete) return;
    this.completeRuns += 1;
    if (this.site.traits.order === 'newest-first') this.#checkNewest(run);
  }

  /** Checks that sweeps complete, and that they publish every quote in time. A sweep is a series of runs that together read all pages. */
  #checkSweep(run: RunRecord, source: Source): void {
    const intervalMs = intervalSecondsOf(source, 0) * 1_000;
    const sweptEveryMs = Math.max(DAY_MS, 10 * intervalMs);
    const sweepMs = sweptEveryMs + (this.site.pageCount + 4) * intervalMs;
    const unfinishedMs = run.startedAtMs - Math.max(this.faultyAtMs, this.#completeAtMs);
    if (unfinishedMs > 2 * sweepMs) {
      const hours = Math.round(unfinishedMs / 3_600_000);
      this.#report(`has not reached the last page for ${hours} h`, run);
    }
    const since = Math.max(this.faultyAtMs, this.reorderedAtMs);
    for (const { id, text, sinceMs } of this.site.quotes) {
      if (this.#published.has(id)) continue;
      const startMs = Math.max(since, sinceMs);
      if (run.startedAtMs - startMs > sweepMs) {
        const hours = Math.round((run.startedAtMs - startMs) / 3_600_000);
        this.#report(`lost "${text}", which was reachable for ${hours} h`, run);
      }
    }
  }

  /** Checks that a complete run has published every quote that was newest before it started. */
  #checkNewest(run: RunRecord): void {
    for (const { id, text, sinceMs } of this.site.quotes) {
      if (this.#published.has(id) || sinceMs > run.startedAtMs) continue;
      if (sinceMs <= this.reorderedAtMs) continue;
      this.#report(`published a healthy state without "${text}"`, run);
    }
  }

  #expectedStates(
    { faults, hasSkippedJob, isCrashed }: RunRecord,
    state: State | undefined,
  ): ReadonlySet<State> {
    if (faults.has('blocked')) return new Set<State>(['blocked']);
    if (faults.has('failed')) {
      // a process that crashed may not have published it
      if (!isCrashed) this.#failedRuns += 1;
      return this.#failedRuns >= 3 ? new Set<State>(['failing']) : new Set([state ?? 'ok']);
    }
    // the previous state remains
    if (hasSkippedJob || faults.has('missing-page')) return new Set([state ?? 'ok']);
    this.#failedRuns = 0;
    if (faults.has('markup-changed') || faults.has('truncated')) return new Set<State>(['broken']);
    if (faults.has('link-missing')) {
      return new Set<State>(this.#hadLink ? ['broken'] : ['broken', ...HEALTHY_STATES]);
    }
    this.#hadLink = true;
    return HEALTHY_STATES;
  }

  #report(what: string, run: RunRecord): void {
    const day = Math.floor(run.startedAtMs / DAY_MS);
    this.violations.push(`day ${day}, ${this.site.name}, ${run.runId}: ${what}`);
  }
}
