import { readFile } from 'node:fs/promises';
import { Value } from 'typebox/value';
import type { SourcesConfig } from './settings.ts';
import { isOwnSite, MIN_INTERVAL_SECONDS, type Source, SourcesFile } from './source.ts';

/** What a URL in the file may begin with, to name the sample site wherever it runs. */
const SAMPLE_SITE = '{SAMPLE_SITE_URL}';

/** The file of sources can't be used; the message names the file, the place in it and the fix, a line each. */
export class SourcesError extends Error {
  override readonly name = 'SourcesError';
}

/** Reads the file of sources. Throws `SourcesError`. */
export async function loadSources({
  path,
  sampleSiteUrl,
}: SourcesConfig): Promise<readonly Source[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new SourcesError(
      `${path} can't be read: set SOURCES_FILE to the file of sources (${(cause as Error).message})`,
      {
        cause,
      },
    );
  }
  return parseSources(text, { path, sampleSiteUrl });
}

/** The sources in the file's text; `path` is for the messages. */
export function parseSources(
  text: string,
  { path, sampleSiteUrl }: SourcesConfig,
): readonly Source[] {
  const file = Value.Default(SourcesFile, parseJson(text, path));
  const usesSampleSite = new Set<string>();
  for (const source of listOf(file)) {
    if (typeof source.url !== 'string' || !source.url.startsWith(SAMPLE_SITE)) continue;
    source.url = sampleSiteUrl.replace(/\/$/, '') + source.url.slice(SAMPLE_SITE.length);
    usesSampleSite.add(String(source.name));
  }
  const problems = Value.Check(SourcesFile, file)
    ? file.sources.flatMap((source, index) =>
        problemsWith(source, {
          index,
          all: file.sources,
          isSample: usesSampleSite.has(source.name),
        }),
      )
    : [...Value.Errors(SourcesFile, file)].map(
        ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
      );
  if (problems.length > 0)
    throw new SourcesError(problems.map((problem) => `${path}: ${problem}`).join('\n'));
  return (file as SourcesFileContent).sources;
}

type SourcesFileContent = { readonly sources: Source[] };

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SourcesError(`${path}: is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function listOf(file: unknown): { name?: unknown; url?: unknown }[] {
  const { sources } = (file ?? {}) as { sources?: unknown };
  return Array.isArray(sources)
    ? sources.filter((source) => typeof source === 'object' && source !== null)
    : [];
}

function problemsWith(
  source: Source,
  { index, all, isSample }: { index: number; all: readonly Source[]; isSample: boolean },
): string[] {
  const at = `/sources/${index}`;
  const problems: string[] = [];
  if (!URL.canParse(source.url)) return [`${at}/url "${source.url}" is not a URL`];
  if (all.findIndex(({ name }) => name === source.name) !== index) {
    problems.push(`${at}/name "${source.name}" is taken by another source: choose another name`);
  }
  const interval = source.intervalSeconds ?? MIN_INTERVAL_SECONDS;
  if (interval < MIN_INTERVAL_SECONDS && !isSample && !isOwnSite(source)) {
    problems.push(
      `${at}/intervalSeconds is ${interval}: at least ${MIN_INTERVAL_SECONDS} for a site that isn't on this machine`,
    );
  }
  return problems;
}
