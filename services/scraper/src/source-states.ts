import type { Bus } from '@quotewire/bus';
import { type SourceStatus, sourceStatus } from '@quotewire/events';
import type { Source } from '@quotewire/sources';

/** What this process did for a source since it started. */
interface Work {
  lastRunAt: string | null;
  pages: number;
  published: number;
  dropped: number;
}

interface KnownState {
  status: SourceStatus;
  reachedEnd: boolean;
}

/** How each source is doing: published when it changes, learnt from the log by all replicas. */
export class SourceStates {
  readonly #bus: Bus;
  readonly #sources: readonly Source[];
  readonly #known = new Map<string, KnownState>();
  readonly #work = new Map<string, Work>();

  constructor({ bus, sources }: { bus: Bus; sources: readonly Source[] }) {
    this.#bus = bus;
    this.#sources = sources;
  }

  /** Takes over what the log says. */
  learn({
    reachedEnd = false,
    ...status
  }: SourceStatus & { reachedEnd?: boolean | undefined }): void {
    this.#known.set(status.source, { status, reachedEnd });
  }

  /** Whether any run of the source came to its last page, so that a page without news means the rest is known. */
  reachedEnd(source: string): boolean {
    return this.#known.get(source)?.reachedEnd ?? false;
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

  /** Publishes a source's state if it isn't what is known; resolves once the broker has it. */
  async report(
    source: string,
    {
      state,
      detail,
      reachedEnd = false,
    }: { state: SourceStatus['state']; detail: string; reachedEnd?: boolean },
  ): Promise<void> {
    const known = this.#known.get(source);
    const hasReachedEnd = reachedEnd || (known?.reachedEnd ?? false);
    const isSame = known?.status.state === state && known.reachedEnd === hasReachedEnd;
    if (isSame) return;
    const since = known?.status.state === state ? known.status.since : new Date().toISOString();
    const status = { source, state, since, detail, reachedEnd: hasReachedEnd };
    await this.#bus.publish(sourceStatus, status);
    this.learn(status);
  }

  view() {
    return this.#sources.map(({ name, enabled, url }) => ({
      name,
      enabled,
      url,
      status: this.#known.get(name)?.status ?? null,
      reachedEnd: this.reachedEnd(name),
      work: this.#work.get(name) ?? null,
    }));
  }
}
