import { readFile, writeFile } from 'node:fs/promises';
import {
  loadSources,
  parseSources,
  type Source,
  type SourcesConfig,
  SourcesError,
} from '@quotewire/sources';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';

/** A name that is unknown or taken; the message lists the names in the file. */
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

/** The source that an entry makes; throws `SourcesError`. */
export function sourceOf(entry: object, config: SourcesConfig): Source {
  const [source] = parseSources(JSON.stringify({ sources: [entry] }), config);
  if (source === undefined) throw new Error('an entry without a source');
  return source;
}

/** Appends an entry to the file, whose text stays unchanged. Throws `SourcesError` if the result would be invalid, and `NameError` if the name is taken. */
export async function addToSources(
  entry: { readonly name: string },
  config: SourcesConfig,
): Promise<void> {
  const { path } = config;
  const text = await readFile(path, 'utf8');
  const taken = parseSources(text, config).some(({ name }) => name === entry.name);
  if (taken) throw takenName(entry.name, path);
  const written = inserted(entry, text);
  parseSources(written, config);
  await writeFile(path, written);
}

/** Existing entries keep their format, which may differ from that of JSON.stringify. */
function inserted(entry: object, text: string): string {
  const root = parseTree(text);
  const list = root === undefined ? undefined : findNodeAtLocation(root, ['sources']);
  if (list === undefined) throw new Error('a file of sources without sources');
  const lines = JSON.stringify(entry, undefined, 2).replaceAll(/^/gm, '    ');
  const last = list.children?.at(-1);
  const [start, end] =
    last === undefined
      ? [list.offset + 1, list.offset + list.length - 1]
      : [last.offset + last.length, last.offset + last.length];
  const between = last === undefined ? `\n${lines}\n  ` : `,\n${lines}`;
  return text.slice(0, start) + between + text.slice(end);
}

/** That a name is another source's. */
export function takenName(name: string, path: string): NameError {
  return new NameError(`${path} has a source "${name}" already: choose another with --name`);
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
