import { existsSync } from 'node:fs';
import type { Page } from '@quotewire/extract';
import { parseSource, type Source } from '@quotewire/sources';
import { UsageError } from '@quotewire/terminal';
import type { PageOptions } from './arguments.ts';
import type { CommandConfig } from './config.ts';
import { readPage, UNKNOWN_URL, visit } from './page.ts';
import { NameError, namesIn, readSources, sourceNamed } from './sources-file.ts';

/** A page, and the source that reads it, if any. */
export interface FoundPage {
  readonly page: Page;
  readonly source: Source | undefined;
}

interface Wanted extends PageOptions {
  /** A source's name, a URL or a file; undefined: the address of `entry`. */
  readonly target: string | undefined;
  /** A source's name, or an entry as JSON. Default: the source that `target` names. */
  readonly entry?: string | undefined;
}

/** Fetches or reads the page that someone means. */
export async function findPage(wanted: Wanted, config: CommandConfig): Promise<FoundPage> {
  const { target, baseUrl, contentType, allowsPrivate } = wanted;
  const url = target !== undefined && isUrl(target) ? target : undefined;
  const given = await sourceFor(wanted.entry, { url: url ?? baseUrl, config });
  const named =
    target === undefined || url !== undefined || given !== undefined
      ? given
      : await sourceIfNamed(target, config);
  const isFile =
    target !== undefined && url === undefined && (given !== undefined || named === undefined);
  if (isFile) {
    if (!existsSync(target)) throw await noSuchTarget(target, config);
    const page = await readPage(target, { url: baseUrl ?? given?.url, contentType });
    return { page, source: given };
  }
  if (baseUrl !== undefined || contentType !== undefined)
    throw new UsageError('--base-url and --content-type are for files: a site says it itself');
  const visited = url ?? named?.url;
  if (visited === undefined || visited === UNKNOWN_URL)
    throw new UsageError('the source has no "url": say which page with a url or a file');
  if (!URL.canParse(visited)) throw new UsageError(`"${visited}" is not a URL`);
  const page = await visit(
    { ...named, url: visited, ...(allowsPrivate && { allowPrivate: true }) },
    config,
  );
  return { page, source: named };
}

/** Whether a target is an address. */
export function isUrl(target: string): boolean {
  return /^https?:\/\//i.test(target);
}

async function sourceFor(
  entry: string | undefined,
  { url = UNKNOWN_URL, config }: { url: string | undefined; config: CommandConfig },
): Promise<Source | undefined> {
  if (entry === undefined) return undefined;
  const { sources } = config;
  if (!entry.trimStart().startsWith('{'))
    return sourceNamed(entry, (await readSources(sources)).sources, sources.path);
  return parseSource(
    { name: 'tried', url, ...parseEntry(entry) },
    { ...sources, path: '--source' },
  );
}

function parseEntry(entry: string): object {
  try {
    return JSON.parse(entry) as object;
  } catch (cause) {
    throw new UsageError(
      `--source is not JSON (${(cause as Error).message}): write it in single quotes, --source '{"item": "…", "fields": {"text": "…"}}'`,
      { cause },
    );
  }
}

async function sourceIfNamed(
  name: string,
  { sources }: CommandConfig,
): Promise<Source | undefined> {
  if (!existsSync(sources.path)) return undefined;
  const all = await readSources(sources);
  return all.sources.find((source) => source.name === name);
}

async function noSuchTarget(target: string, { sources }: CommandConfig): Promise<NameError> {
  const read = await readSources(sources);
  const problems = read.problems.map((problem) => `\n${problem}`).join('');
  return new NameError(
    `"${target}" is no file, no URL, and no source in ${sources.path}: ${namesIn(read.sources)}${problems}`,
  );
}
