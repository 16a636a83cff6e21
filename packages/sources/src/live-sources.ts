import type { SourcesConfig } from './settings.ts';
import type { Source } from './source.ts';
import { type SourcesWatch, watchSources } from './watch-sources.ts';

/** The counters of `LiveSources`. */
export const sourcesCounters = {
  sources_reload_total: {
    help: 'Versions of the file of sources that were taken over, or refused since something is wrong with them.',
    labels: ['outcome'],
    zeros: [{ outcome: 'loaded' }, { outcome: 'refused' }],
  },
} as const;

export interface LiveSourcesOptions {
  /** The sources at start. */
  sources: readonly Source[];
  logger: {
    info: (context: object, message: string) => void;
    error: (context: object, message: string) => void;
  };
  count: (counter: 'sources_reload_total', labels: { outcome: 'loaded' | 'refused' }) => void;
  /** Interval of polling for changes that raise no event, in ms. Default 2,000. */
  pollMs?: number;
}

/** Receives the sources after a change of the file. */
export type SourcesListener = (sources: readonly Source[]) => void;

/**
 * Keeps the sources in step with their file. A version with an error is refused as a whole: one log
 * line names each error, and the previous sources stay in use.
 */
export class LiveSources {
  readonly #path: string;
  readonly #listeners: SourcesListener[] = [];
  readonly #closing = new AbortController();
  readonly #watch: SourcesWatch;
  #current: readonly Source[];
  #loadedAt = new Date();
  #problems: readonly string[] = [];

  /** Starts watching the file; the caller closes the watch. */
  constructor(config: SourcesConfig, options: LiveSourcesOptions) {
    const { sources, logger, count, pollMs } = options;
    this.#path = config.path;
    this.#current = sources;
    this.#watch = watchSources(config, {
      sources,
      signal: this.#closing.signal,
      ...(pollMs === undefined ? {} : { pollMs }),
      onChange: (next) => {
        const changes = changesBetween(this.#current, next);
        this.#current = next;
        this.#loadedAt = new Date();
        this.#problems = [];
        count('sources_reload_total', { outcome: 'loaded' });
        logger.info({ path: config.path, ...changes }, 'reloaded the sources');
        for (const listener of this.#listeners) listener(next);
      },
      onRefused: ({ message }) => {
        this.#problems = message.split('\n');
        count('sources_reload_total', { outcome: 'refused' });
        logger.error(
          { path: config.path, problems: this.#problems },
          `the changed sources file is invalid; the previous sources stay in use: ${this.#problems.join('; ')}`,
        );
      },
      onRestored: () => {
        this.#problems = [];
        logger.info({ path: config.path }, 'the sources file is valid again');
      },
    });
  }

  get current(): readonly Source[] {
    return this.#current;
  }

  /** Calls the listener on each change of the sources, and at once if `known` aren't the current sources. */
  follow(known: readonly Source[], listener: SourcesListener): void {
    this.#listeners.push(listener);
    if (known !== this.#current) listener(this.#current);
  }

  /** Reads the file now if it has changed. */
  async refresh(): Promise<void> {
    await this.#watch.check();
  }

  /** The file's state for `GET /sources`: when the current sources were loaded, and the problems of a later version. */
  view() {
    return { path: this.#path, loadedAt: this.#loadedAt.toISOString(), problems: this.#problems };
  }

  /** Stops watching. Idempotent. */
  close(): void {
    this.#closing.abort();
  }
}

function changesBetween(before: readonly Source[], now: readonly Source[]) {
  const namesOf = (sources: readonly Source[]) => new Set(sources.map(({ name }) => name));
  const [oldNames, newNames] = [namesOf(before), namesOf(now)];
  const unchanged = new Set(before);
  return {
    added: [...newNames.difference(oldNames)],
    changed: now
      .filter((source) => oldNames.has(source.name) && !unchanged.has(source))
      .map(({ name }) => name),
    removed: [...oldNames.difference(newNames)],
  };
}
