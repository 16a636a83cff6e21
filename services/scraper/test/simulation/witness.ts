import type { SourceStatus } from '@quotewire/events';
import { intervalSecondsOf, type Source } from '@quotewire/sources';
import type { RunStory } from './run-story.ts';
import type { SimulatedSite } from './simulated-site.ts';
import type { SourceStates } from '../../src/source-states.ts';

type State = SourceStatus['state'];

const WELL = new Set<State>(['ok', 'not-modified', 'stale', 'exhausted']);
const DAY_MS = 86_400_000;

/** Compares what a source's site had, and how it was, with what was published and told. */
export class Witness {
  readonly site: SimulatedSite;
  readonly #published: ReadonlyMap<string, number>;
  readonly violations: string[] = [];
  /** The last time that something kept a run from seeing the whole site. */
  troubledAtMs = Date.now();
  /** The last time that quotes moved to places where a run had been. */
  disturbedAtMs = 0;
  #failedRuns = 0;
  /** When a run last left no page to read. */
  #wholeAtMs = 0;
  #hasSeenLink = false;
  /** Tells a state how often it was told. */
  readonly told = new Map<string, number>();
  requests = 0;
  runs = 0;
  /** Runs that were told to be well, with nothing left to read. */
  wholeRuns = 0;

  constructor(site: SimulatedSite, published: ReadonlyMap<string, number>) {
    this.site = site;
    this.#published = published;
  }

  /** The entry was changed: what the runs before knew counts no longer. */
  onEntryChanged(): void {
    this.#hasSeenLink = false;
    this.#failedRuns = 0;
    this.troubledAtMs = Date.now();
  }

  /** Compares after a run whose jobs are all gone. */
  onRunEnd(run: RunStory, { source, states }: { source: Source; states: SourceStates }): void {
    const known = states.of(source.name);
    const state = known?.state;
    this.runs += 1;
    this.requests += run.requests;
    this.told.set(state ?? 'none', (this.told.get(state ?? 'none') ?? 0) + 1);
    const expected = this.#expectedStates(run, state);
    if (!expected.has(state ?? 'ok')) {
      this.#report(
        `told ${state} (${known?.detail}) where ${[...expected].join(' or ')} was true`,
        run,
      );
    }
    if (run.isDisturbed) this.disturbedAtMs = Date.now();
    if (run.troubles.size > 0 || run.isUnfinished) {
      this.troubledAtMs = Date.now();
      return;
    }
    if (state === undefined || !WELL.has(state)) return;
    if (source.mode === 'random' && state !== 'exhausted') return;
    const isWhole = known?.reachedEnd === true && known.nextPage === undefined;
    if (isWhole) this.#wholeAtMs = Date.now();
    if (source.mode !== 'random') this.#checkSweep(run, source);
    if (!isWhole) return;
    this.wholeRuns += 1;
    if (this.site.traits.order === 'newest-first') this.#checkFront(run);
  }

  /** Whatever is on the site for longer than two sweeps has been published. */
  #checkSweep(run: RunStory, source: Source): void {
    const intervalMs = intervalSecondsOf(source, 0) * 1_000;
    const sweptEveryMs = Math.max(DAY_MS, 10 * intervalMs);
    const sweepMs = sweptEveryMs + (this.site.pageCount + 4) * intervalMs;
    const unfinishedMs = run.startedAtMs - Math.max(this.troubledAtMs, this.#wholeAtMs);
    if (unfinishedMs > 2 * sweepMs) {
      const hours = Math.round(unfinishedMs / 3_600_000);
      this.#report(`hasn't read the last page for ${hours} h`, run);
    }
    const since = Math.max(this.troubledAtMs, this.disturbedAtMs);
    for (const { id, text, sinceMs } of this.site.quotes) {
      if (this.#published.has(id)) continue;
      const beganMs = Math.max(since, sinceMs);
      if (run.startedAtMs - beganMs > sweepMs) {
        const hours = Math.round((run.startedAtMs - beganMs) / 3_600_000);
        this.#report(`lost "${text}": on the site and in view for ${hours} h`, run);
      }
    }
  }

  /** What appeared before all others is published by the first run that ends well. */
  #checkFront(run: RunStory): void {
    for (const { id, text, sinceMs } of this.site.quotes) {
      if (this.#published.has(id) || sinceMs > run.startedAtMs) continue;
      if (sinceMs <= this.disturbedAtMs) continue;
      this.#report(`told to be well without "${text}"`, run);
    }
  }

  #expectedStates(
    { troubles, isUnfinished, isKilled }: RunStory,
    state: State | undefined,
  ): ReadonlySet<State> {
    if (troubles.has('rest')) return new Set<State>(['blocked']);
    if (troubles.has('failed')) {
      // n.b. a process that dies may not have said so
      if (!isKilled) this.#failedRuns += 1;
      return this.#failedRuns >= 3 ? new Set<State>(['failing']) : new Set([state ?? 'ok']);
    }
    // n.b. what the run before told stays told
    if (isUnfinished || troubles.has('lost-page')) return new Set([state ?? 'ok']);
    this.#failedRuns = 0;
    if (troubles.has('markup') || troubles.has('cut')) return new Set<State>(['broken']);
    if (troubles.has('no-next')) {
      return new Set<State>(this.#hasSeenLink ? ['broken'] : ['broken', ...WELL]);
    }
    this.#hasSeenLink = true;
    return WELL;
  }

  #report(what: string, run: RunStory): void {
    const day = Math.floor(run.startedAtMs / DAY_MS);
    this.violations.push(`day ${day}, ${this.site.name}, ${run.runId}: ${what}`);
  }
}
