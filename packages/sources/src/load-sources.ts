import { readFile } from 'node:fs/promises';
import { Value } from 'typebox/value';
import { kindOf, schemaProblemsOf } from './schema-problems.ts';
import type { SourcesConfig } from './settings.ts';
import { problemsOf } from './source-problems.ts';
import { type Source, sourceSchemas } from './source.ts';

/** A URL in the file may begin with this placeholder for the sample site's address. */
const SAMPLE_SITE = '{SAMPLE_SITE_URL}';

/** The sources file is invalid; the message has one line for each problem, with the file, the place and the fix. */
export class SourcesError extends Error {
  override readonly name = 'SourcesError';
}

/** Loads the sources file. Rejects with `SourcesError`. */
export async function loadSources(config: SourcesConfig): Promise<readonly Source[]> {
  const { path } = config;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new SourcesError(
      `${path} can't be read: set SOURCES_FILE to the file of sources (${(cause as Error).message})`,
      { cause },
    );
  }
  return parseSources(text, config);
}

/** Parses the file's text; messages name `path`. Throws `SourcesError`. */
export function parseSources(text: string, config: SourcesConfig): readonly Source[] {
  const { path } = config;
  const entries = entriesIn(parseJson(text, path), path);
  const sources: Source[] = [];
  const problems: string[] = [];
  const takenNames = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const at = `/sources/${index}`;
    pointAtSampleSite(entry, config);
    const kind = isObject(entry) ? kindOf(entry) : undefined;
    const source = kind === undefined ? entry : Value.Default(sourceSchemas[kind], entry);
    const misfits = schemaProblemsOf(source, at);
    problems.push(...misfits);
    if (misfits.length > 0) continue;
    problems.push(...problemsOf(source as Source, { at, takenNames }));
    takenNames.add((source as Source).name);
    sources.push(source as Source);
  }
  if (problems.length > 0)
    throw new SourcesError(problems.map((problem) => `${path}: ${problem}`).join('\n'));
  return sources;
}

/** Parses one entry; messages name `path` and the place in the entry. Throws `SourcesError`. */
export function parseSource(entry: object, config: SourcesConfig): Source {
  try {
    const [source] = parseSources(JSON.stringify({ sources: [entry] }), config);
    if (source === undefined) throw new Error('an entry without a source');
    return source;
  } catch (error) {
    if (!(error instanceof SourcesError)) throw error;
    throw new SourcesError(error.message.replaceAll(/\/sources\/0(?: |(?=\/))/g, ''), {
      cause: error,
    });
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SourcesError(`${path}: is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function entriesIn(file: unknown, path: string): readonly unknown[] {
  if (!isObject(file) || !Array.isArray(file.sources))
    throw new SourcesError(`${path}: / must be {"sources": [...]}, a list of sources`);
  const stranger = Object.keys(file).find((key) => key !== 'sources' && key !== '$schema');
  if (stranger !== undefined)
    throw new SourcesError(`${path}: /${stranger} is unknown: sources go into "sources"`);
  return file.sources;
}

/**
 * Replaces the placeholder in an entry's url with the sample site's address. The sample site is the
 * operator's own. Where there is none the entry is disabled, or it would fail at every tick.
 */
function pointAtSampleSite(
  entry: unknown,
  { sampleSiteUrl, lacksSampleSite = false }: SourcesConfig,
): void {
  if (!isObject(entry) || typeof entry.url !== 'string' || !entry.url.startsWith(SAMPLE_SITE))
    return;
  entry.url = sampleSiteUrl.replace(/\/$/, '') + entry.url.slice(SAMPLE_SITE.length);
  entry.allowPrivate ??= true;
  if (lacksSampleSite) entry.enabled = false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
