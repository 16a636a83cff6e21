import type { Bus } from '@quotewire/bus';
import { type SourceStatus, sourceStatus } from '@quotewire/events';
import type { Source } from '@quotewire/sources';
import type { Validators } from './fetch-page.ts';
import {
  afterChange,
  isNewsToOthers,
  type KnownSource,
  type SourceChange,
  withoutUndefined,
} from './known-source.ts';

/** What this process did for a source since it started. */
interface Work {
  lastRunAt: string | null;
  pages: number;
  published: number;
  dropped: number;
}

/** All states that a source can be in. */
const SOURCE_STATES = [
  'ok',
  'not-modified',
  'stale',
  'broken',
  'failing',
  'blocked',
  'exhausted',
] as const satisfies readonly SourceStatus['state'][];
const REPUBLISHED_AFTER_MS = 3_600_000;

/** How each source is doing: published when it changes and once an hour, learnt from the log by all replicas. */
export class SourceStates {
  readonly #bus: Bus;
  readonly #sources: readonly Source[];
  readonly #known = new Map<string, KnownSource>();
  readonly #publishedAtMs = new Map<string, number>();
  /** When this process last published, as it knows already what comes back. */
  readonly #reportedAtMs = new Map<string, number>();
  readonly #newsAt = new Map<string, string>();
  readonly #validators = new Map<string, Pick<SourceChange, 'etag' | 'lastModified'>>();
  readonly #work = new Map<string, Work>();

  constructor({ bus, sources }: { bus: Bus; sources: readonly Source[] }) {
    this.#bus = bus;
    this.#sources = sources;
  }

  /** Takes over what the log says, unless this process has said something newer; `at` is when that was published, default now. */
  learn(known: KnownSource, at: string = new Date().toISOString()): void {
    const atMs = Date.parse(at);
    if (atMs < (this.#reportedAtMs.get(known.source) ?? 0)) return;
    this.#known.set(known.source, known);
    this.#publishedAtMs.set(known.source, atMs);
  }

  /** Learns when a source last had something new. */
  learnNews({ source, scrapedAt }: { source: string; scrapedAt: string }): void {
    this.#newsAt.set(source, scrapedAt);
  }

  of(source: string): KnownSource | undefined {
    return this.#known.get(source);
  }

  /** When a source last had something new, as far as the log reaches. */
  newsAt(source: string): string | undefined {
    return this.#newsAt.get(source);
  }

  /** Whether what's behind a page without news is known, since a run of the source came to its last page. */
  reachedEnd(source: string): boolean {
    return this.#known.get(source)?.reachedEnd ?? false;
  }

  /** Until when a source's host is to be left alone, be it for another source there; undefined when it isn't. */
  blockedUntil({ url }: { url: string }): Date | undefined {
    const { host } = new URL(url);
    const times = this.#sources
      .filter((source) => new URL(source.url).host === host)
      .map(({ name }) => Date.parse(this.#known.get(name)?.blockedUntil ?? ''));
    const latestMs = Math.max(...times.filter((ms) => ms > Date.now()));
    return Number.isFinite(latestMs) ? new Date(latestMs) : undefined;
  }

  /** The first page's validators; empty unless nothing but that page needs a look. */
  validatorsOf({ name, url }: Source, pageUrl: string): Validators {
    const known = this.#known.get(name);
    // n.b. what mended a broken page is only seen on the whole page
    if (known?.reachedEnd !== true || known.state === 'broken' || pageUrl !== url) return {};
    const { etag, lastModified } = this.#validators.get(name) ?? known;
    return withoutUndefined({ etag, lastModified });
  }

  countPage(source: string, page: { published: number; dropped: number; at: string }): void {
    const work = this.#work.get(source) ?? { lastRunAt: null, pages: 0, published: 0, dropped: 0 };
    this.#work.set(source, {
      lastRunAt: page.at,
      pages: work.pages + 1,
      published: work.published + page.published,
      dropped: work.dropped + page.dropped,
    });
  }

  /** Keeps the first page's validators, which travel with what's published next; undefined forgets them. */
  keepValidators(source: string, { etag, lastModified }: Validators = {}): void {
    this.#validators.set(source, { etag, lastModified });
  }

  /** Publishes how a source is if others have to learn it, or haven't for an hour; resolves once the broker has it. */
  async report(source: string, change: SourceChange): Promise<void> {
    const known = this.#known.get(source);
    const now = new Date();
    const whole = { ...this.#validators.get(source), ...change };
    const next = afterChange(known, { source, change: whole, at: now.toISOString() });
    this.#known.set(source, next);
    const publishedAtMs = this.#publishedAtMs.get(source) ?? 0;
    const isDue = now.getTime() - publishedAtMs >= REPUBLISHED_AFTER_MS;
    if (known !== undefined && !isDue && !isNewsToOthers(known, next)) return;
    try {
      await this.#bus.publish(sourceStatus, next);
      this.#publishedAtMs.set(source, Date.now());
      this.#reportedAtMs.set(source, Date.now());
    } catch (error) {
      // what nobody else knows is said again next time
      if (this.#known.get(source) === next) this.#forget(source, known);
      throw error;
    }
  }

  /** How many sources are in each state. */
  counts(): Record<SourceStatus['state'], number> {
    const states = [...this.#known.values()].map(({ state }) => state);
    const countOf = (state: SourceStatus['state']) => states.filter((one) => one === state).length;
    return Object.fromEntries(SOURCE_STATES.map((state) => [state, countOf(state)])) as Record<
      SourceStatus['state'],
      number
    >;
  }

  view() {
    return this.#sources.map(({ name, enabled, url }) => {
      const known = this.#known.get(name);
      return {
        name,
        enabled,
        url,
        status: known === undefined ? null : statusOf(known),
        lastRunAt: known?.lastRunAt ?? null,
        reachedEnd: this.reachedEnd(name),
        nextPage: known?.nextPage ?? null,
        blockedUntil: known?.blockedUntil ?? null,
        failedRuns: known?.failedRuns ?? 0,
        newsAt: this.#newsAt.get(name) ?? null,
        work: this.#work.get(name) ?? null,
      };
    });
  }

  #forget(source: string, known: KnownSource | undefined): void {
    if (known === undefined) this.#known.delete(source);
    else this.#known.set(source, known);
  }
}

function statusOf({ source, state, since, detail }: KnownSource): SourceStatus {
  return { source, state, since, detail };
}
