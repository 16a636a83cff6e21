import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { loadSources, SourcesError } from './load-sources.ts';
import type { SourcesConfig } from './settings.ts';
import type { Source } from './source.ts';

export interface WatchOptions {
  /** The sources at start. */
  sources: readonly Source[];
  /** Called when the sources change; unchanged sources are the same objects. */
  onChange: (sources: readonly Source[]) => void;
  /** Called when the file is invalid, once for the same problems; the previous sources stay in use. */
  onRefused: (error: SourcesError) => void;
  /** Called when the file is valid again with the previous sources. */
  onRestored: () => void;
  /** Stops the watch. */
  signal: AbortSignal;
  /** Interval of polling for changes that raise no event, in ms. Default 2,000. */
  pollMs?: number;
  /** Delay between the last event and the reading of the file, in ms. Default 100. */
  settleMs?: number;
}

/** A watch on the sources file. */
export interface SourcesWatch {
  /** Reads the file now if it has changed; resolves after the callback. Never rejects. */
  check: () => Promise<void>;
}

/**
 * Watches the sources file, whether it is written in place, replaced, or deleted and created again.
 *
 * n.b. editors replace the file, so the watch is on its folder; container and network mounts raise no
 * events, so the file is also polled.
 */
export function watchSources(
  config: SourcesConfig,
  { sources, onChange, onRefused, onRestored, signal, ...timing }: WatchOptions,
): SourcesWatch {
  const { pollMs = 2_000, settleMs = 100 } = timing;
  let current = sources;
  let version: string | undefined;
  let refusal: string | undefined;
  let isAsked = false;
  let checking: Promise<void> | undefined;
  let polledAtMs = performance.now();
  let timer = setTimeout(() => void check(), 0);

  async function readIfChanged(): Promise<void> {
    const now = await versionOf(config.path);
    // before the read: a write during the read makes another version
    if (now === version) return;
    version = now;
    let loaded: readonly Source[];
    try {
      loaded = withKnown(await loadSources(config), current);
    } catch (error) {
      if (signal.aborted || !(error instanceof SourcesError) || error.message === refusal) return;
      refusal = error.message;
      onRefused(error);
      return;
    }
    if (signal.aborted) return;
    const wasRefused = refusal !== undefined;
    refusal = undefined;
    if (!isSame(loaded, current)) {
      current = loaded;
      onChange(current);
    } else if (wasRefused) onRestored();
  }

  async function readUntilStill(): Promise<void> {
    do {
      isAsked = false;
      await readIfChanged();
    } while (isAsked && !signal.aborted);
    checking = undefined;
    polledAtMs = performance.now();
    wakeIn(pollMs);
  }

  async function check(): Promise<void> {
    if (signal.aborted) return;
    isAsked = true;
    await (checking ??= readUntilStill());
  }

  function wakeIn(ms: number): void {
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(() => void check(), ms);
  }

  function onSign(): void {
    // a file that is written constantly is still read every pollMs
    if (checking === undefined)
      wakeIn(Math.max(0, Math.min(settleMs, polledAtMs + pollMs - performance.now())));
    else isAsked = true;
  }

  watchFolder(config.path, { onSign, signal });
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return { check };
}

function watchFolder(
  path: string,
  { onSign, signal }: { onSign: () => void; signal: AbortSignal },
): void {
  try {
    const watcher = watch(dirname(path), { signal }, (_, file) => {
      if (file === null || file === basename(path)) onSign();
    });
    // the folder was deleted, or the machine has no more watches: polling continues
    watcher.on('error', () => watcher.close());
  } catch {
    // as above
  }
}

/** Identifies a version of a file, or the error of a missing one. */
async function versionOf(path: string): Promise<string> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
    return [mtimeNs, ctimeNs, size, ino].join(' ');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

/** The loaded sources; unchanged ones are the same objects as before. */
function withKnown(loaded: readonly Source[], known: readonly Source[]): readonly Source[] {
  const byText = new Map(known.map((source) => [JSON.stringify(source), source]));
  return loaded.map((source) => byText.get(JSON.stringify(source)) ?? source);
}

function isSame(some: readonly Source[], others: readonly Source[]): boolean {
  return some.length === others.length && some.every((source, index) => source === others[index]);
}
