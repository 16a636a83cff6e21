import type { Bus } from '@quotewire/bus';
import {
  type PublishedSource,
  snapshotsOf,
  type SourceStatus,
  sourcesSnapshot,
  sourceStatus,
} from '@quotewire/events';
import type { Validators } from '@quotewire/fetch';
import { identityOf, type Source } from '@quotewire/sources';
import type { KnownProgress } from './next-step.ts';
import { progressOf, validatorsOf } from './source-progress.ts';
import { countStates, viewOf } from './source-view.ts';
import { type CountedPage, SourceWork } from './source-work.ts';
import {
  afterChange,
  forgetProgress,
  isNewsToOthers,
  type SourceState,
  type SourceChange,
  withoutProgress,
  withoutUndefined,
} from './source-state.ts';

const REPUBLISHED_AFTER_MS = 3_600_000;
/**
 * Keeps the state of each source. A state is published when it changes, and all states once an hour
 * and before each batch of `published.log`; all replicas learn the states from the log.
 */
export class SourceStates {
  readonly #bus: Bus;
  #sources: readonly Source[] = [];
  readonly #known = new Map<string, SourceState>();
  /** When the known status of each source was published. */
  readonly #statusAtMs = new Map<string, number>();
  /** The sources whose last status this process has read or published, without a gap since. */
  readonly #followed = new Set<string>();
  /** When the status, or a snapshot with it, was last published. */
  readonly #publishedAtMs = new Map<string, number>();
  /** When this process last published a status; older entries of the log are ignored. */
  readonly #reportedAtMs = new Map<string, number>();
  readonly #newsAt = new Map<string, string>();
  #identities: ReadonlyMap<string, string> = new Map();
  #hosts: ReadonlyMap<string, readonly Source[]> = new Map();
  readonly #work = new SourceWork();

  constructor({ bus, sources }: { bus: Bus; sources: readonly Source[] }) {
    this.#bus = bus;
    this.replaceSources(sources);
  }

  /** Replaces the sources; a source whose identity has changed loses its progress. */
  replaceSources(sources: readonly Source[]): void {
    this.#sources = sources;
    this.#identities = new Map(sources.map((source) => [source.name, identityOf(source)]));
    for (const { name } of sources) {
      const known = this.#known.get(name);
      if (known !== undefined) this.#known.set(name, this.#ofThisEntry(known));
    }
    this.#hosts = Map.groupBy(sources, ({ url }) => new URL(url).host);
  }

  /** Learns a status from the log, unless this process has published a newer one; `at` is the time of publication, default now. */
  learn(known: SourceState, at: string = new Date().toISOString()): void {
    const atMs = Date.parse(at);
    if (atMs < (this.#reportedAtMs.get(known.source) ?? 0)) return;
    this.#known.set(known.source, this.#ofThisEntry(known));
    this.#statusAtMs.set(known.source, atMs);
    this.#publishedAtMs.set(known.source, atMs);
    this.#followed.add(known.source);
  }

  /** After a gap in the log, a snapshot may contain a later status than the known one. */
  onGap(): void {
    this.#followed.clear();
  }

  /**
   * Learns the states in a snapshot for sources without a later status; `at` is the time of
   * publication. A status read from the log in order is never older than a later snapshot, whatever
   * the clock of its writer; for such a source the snapshot only updates the time of the last run.
   */
  learnSnapshot(sources: readonly PublishedSource[], at: string): void {
    const publishedAtMs = Date.parse(at);
    for (const { at: statusAt, newsAt, ...known } of sources) {
      const { source } = known;
      this.#publishedAtMs.set(
        source,
        Math.max(publishedAtMs, this.#publishedAtMs.get(source) ?? 0),
      );
      if (newsAt !== undefined) this.learnNews({ source, scrapedAt: newsAt });
      const statusAtMs = Date.parse(statusAt);
      const knownAtMs = this.#statusAtMs.get(source) ?? 0;
      // fields that change without a new status, such as lastRunAt, come with the same status time
      const lastRunAt = this.#known.get(source)?.lastRunAt ?? '';
      const isLater = statusAtMs === knownAtMs && (known.lastRunAt ?? '') > lastRunAt;
      const isOlder = this.#followed.has(source) || statusAtMs <= knownAtMs;
      if (isOlder && !isLater) continue;
      this.#known.set(source, this.#ofThisEntry(known));
      this.#statusAtMs.set(source, statusAtMs);
    }
  }

  /** Learns when a source had a new quote. */
  learnNews({ source, scrapedAt }: { source: string; scrapedAt: string }): void {
    const newsAt = this.#newsAt.get(source);
    if (newsAt === undefined || Date.parse(scrapedAt) > Date.parse(newsAt)) {
      this.#newsAt.set(source, scrapedAt);
    }
  }

  /** The number of sources with a known state. */
  get size(): number {
    return this.#known.size;
  }

  /** Publishes the states of all sources in the file again; resolves once the broker has confirmed them. */
  async publishSnapshot(): Promise<void> {
    const known = this.#sources.flatMap(({ name }) => this.#snapshotOf(name));
    const nowMs = Date.now();
    await Promise.all(
      snapshotsOf(known).map((snapshot) => this.#bus.publish(sourcesSnapshot, snapshot)),
    );
    for (const { source } of known) this.#publishedAtMs.set(source, nowMs);
  }

  of(source: string): SourceState | undefined {
    return this.#known.get(source);
  }

  /** When a source last had a new quote, as far as the log reaches. */
  newsAt(source: string): string | undefined {
    return this.#newsAt.get(source);
  }

  /** Until when a source's host is blocked, for any source on the host; undefined if it isn't. */
  blockedUntil(source: { url: string }): Date | undefined {
    return this.#latest('blockedUntil', source);
  }

  /** Until when a source's host is in backoff after failed runs of any source on the host; undefined if it isn't. */
  retryAt(source: { url: string }): Date | undefined {
    return this.#latest('retryAt', source);
  }

  /** The progress of previous runs. */
  progressOf(source: Source): KnownProgress {
    return progressOf(this.#known.get(source.name), source);
  }

  /** The first page's validators; empty unless all pages are known, so that the first page suffices. */
  validatorsOf(source: Source): Validators {
    return validatorsOf(this.#known.get(source.name), source);
  }

  countPage(source: string, page: CountedPage): void {
    this.#work.countPage(source, page);
  }

  /** Applies a change, and publishes the state if the change matters to others, or all states after an hour; resolves once the broker has confirmed them. */
  async report(reported: Source, change: SourceChange): Promise<void> {
    const { name: source } = reported;
    const known = this.#known.get(source);
    const now = new Date();
    const entry = this.#identities.get(source);
    // a run may have begun before its source was edited
    const isOfThisEntry = entry === undefined || entry === identityOf(reported);
    const whole = { ...(isOfThisEntry ? change : withoutProgress(change)), entry };
    const next = afterChange(known, { source, change: whole, at: now.toISOString() });
    this.#known.set(source, next);
    const publishedAtMs = this.#publishedAtMs.get(source) ?? 0;
    const isDue = now.getTime() - publishedAtMs >= REPUBLISHED_AFTER_MS;
    if (known !== undefined && !isNewsToOthers(known, next)) {
      if (isDue) await this.publishSnapshot();
      return;
    }
    try {
      const { time } = await this.#bus.publish(sourceStatus, next);
      this.#statusAtMs.set(source, Date.parse(time));
      this.#followed.add(source);
      this.#publishedAtMs.set(source, Date.now());
      this.#reportedAtMs.set(source, Date.now());
    } catch (error) {
      // an unpublished change is reverted, so that the next report publishes it
      if (this.#known.get(source) === next) this.#forget(source, known);
      throw error;
    }
  }

  /** The number of sources in each state. */
  counts(): Record<SourceStatus['state'], number> {
    return countStates(this.#known.values());
  }

  /** The sources with their states for `GET /sources`. */
  view() {
    return this.#sources.map((source) =>
      viewOf(source, {
        known: this.#known.get(source.name),
        newsAt: this.#newsAt.get(source.name),
        work: this.#work.of(source.name),
      }),
    );
  }

  #latest(key: 'blockedUntil' | 'retryAt', { url }: { url: string }): Date | undefined {
    const neighbours = this.#hosts.get(new URL(url).host) ?? [];
    const times = neighbours.map(({ name }) => Date.parse(this.#known.get(name)?.[key] ?? ''));
    const latestMs = Math.max(...times.filter((ms) => ms > Date.now()));
    return Number.isFinite(latestMs) ? new Date(latestMs) : undefined;
  }

  /** Empty for a source without a published status. */
  #snapshotOf(source: string): PublishedSource[] {
    const known = this.#known.get(source);
    const atMs = this.#statusAtMs.get(source);
    if (known === undefined || atMs === undefined) return [];
    const at = new Date(atMs).toISOString();
    return [withoutUndefined({ ...known, at, newsAt: this.#newsAt.get(source) })];
  }

  /** Drops the progress of a source whose entry has changed since. */
  #ofThisEntry(known: SourceState): SourceState {
    return known.entry === this.#identities.get(known.source) ? known : forgetProgress(known);
  }

  #forget(source: string, known: SourceState | undefined): void {
    if (known === undefined) this.#known.delete(source);
    else this.#known.set(source, known);
  }
}
