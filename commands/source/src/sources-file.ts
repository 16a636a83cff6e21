import { readFile, writeFile } from 'node:fs/promises';
import {
  loadSources,
  parseSources,
  type Source,
  type SourcesConfig,
  SourcesError,
} from '@quotewire/sources';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';

/** Asked for by a name that isn't in the file, or taken; the message says which are. */
export class NameError extends Error {
  override readonly name = 'NameError';
}

/** The sources that can be used, and what is wrong with the others: a sentence each, with its place. */
export interface ReadSources {
  readonly sources: readonly Source[];
  readonly problems: readonly string[];
}

/** Reads the file of sources as far as it can be used. Throws `SourcesError` where that's not at all. */
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

/** Writes an entry behind the others in the file, whose text is kept as it is. Throws `SourcesError` when the file couldn't be used then, and `NameError` when the name is taken. */
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

/** n.b. what is there already keeps its own format, which may not be this one's. */
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
