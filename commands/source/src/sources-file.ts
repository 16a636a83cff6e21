import { readFile } from 'node:fs/promises';
import {
  loadSources,
  parseSources,
  type Source,
  type SourcesConfig,
  SourcesError,
} from '@quotewire/sources';

/** There is no source of this name; the message lists the names. */
export class NameError extends Error {
  override readonly name = 'NameError';
}

/** The valid sources, and a sentence with the path for each mistake in the others. */
export interface ReadSources {
  readonly sources: readonly Source[];
  readonly problems: readonly string[];
}

/** Reads the valid part of the sources file. Throws `SourcesError` if there is none. */
export async function readSources(config: SourcesConfig): Promise<ReadSources> {
  try {
    return { sources: await loadSources(config), problems: [] };
  } catch (error) {
    if (!(error instanceof SourcesError) || error.cause !== undefined) throw error;
    const entries = entriesIn(await readFile(config.path, 'utf8'));
    const problems = error.message.split('\n');
    if (entries === undefined) throw error;
    const usable = entries.flatMap((entry) => usableSource(entry, config));
    const first = usable.filter(
      ({ name }, index) => usable.findIndex((other) => other.name === name) === index,
    );
    return { sources: first, problems };
  }
}

/** The source of that name; throws a `NameError`. */
export function sourceNamed(name: string, sources: readonly Source[], path: string): Source {
  const found = sources.find((source) => source.name === name);
  if (found !== undefined) return found;
  throw new NameError(`there's no source "${name}" in ${path}: ${namesIn(sources)}`);
}

/** Which sources there are, as a part of a sentence. */
export function namesIn(sources: readonly Source[]): string {
  return sources.length === 0
    ? 'it has none'
    : `it has ${sources.map(({ name }) => name).join(', ')}`;
}

function usableSource(entry: unknown, config: SourcesConfig): Source[] {
  try {
    return [...parseSources(JSON.stringify({ sources: [entry] }), config)];
  } catch {
    return [];
  }
}

function entriesIn(text: string): readonly unknown[] | undefined {
  const { sources } = JSON.parse(text) as { sources?: unknown };
  return Array.isArray(sources) ? sources : undefined;
}
