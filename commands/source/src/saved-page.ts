import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExtractedPage, Page } from '@quotewire/extract';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { readPage } from './page.ts';

const Expectation = Type.Object({
  file: Type.String({ pattern: '^[^/\\\\]+$', description: "The page's, beside this one." }),
  url: Type.String({ pattern: '^https?://', description: 'Where the page was found.' }),
  contentType: Type.String(),
  count: Type.Integer({ description: 'Quotes.' }),
  firstId: Type.String(),
  lastId: Type.String(),
  idsSha256: Type.String({ description: 'Of the ids, a line each.' }),
  nextUrl: Type.Union([Type.String(), Type.Null()]),
  savedAt: Type.String({ description: 'RFC 3339, UTC.' }),
});
/** What a source found on its saved page. */
export type Expectation = Static<typeof Expectation>;

/** The saved page of a source, and the quotes found on it. */
export interface SavedPage {
  readonly page: Page;
  readonly expectation: Expectation;
}

/** Where the saved pages of a file of sources are. */
export function savedPagesOf(sourcesFile: string): string {
  return join(dirname(sourcesFile), 'saved-pages');
}

/** Saves a page in the folder, with the quotes found on it, and replaces an earlier one. Resolves with the path of the page. */
export async function savePage(
  { page, extracted }: { page: Page; extracted: ExtractedPage },
  { folder, name }: { folder: string; name: string },
): Promise<string> {
  const file = `${name}.${extensionOf(page)}`;
  const { url, contentType } = page;
  const expectation: Expectation = {
    file,
    url,
    contentType,
    ...factsOf(extracted),
    savedAt: new Date().toISOString(),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, file), page.body);
  await writeFile(expectationPath(folder, name), `${JSON.stringify(expectation, undefined, 2)}\n`);
  return join(folder, file);
}

/** Loads the saved page of a source; undefined if there is none. Rejects if it is damaged. */
export async function loadSavedPage({
  folder,
  name,
}: {
  folder: string;
  name: string;
}): Promise<SavedPage | undefined> {
  const path = expectationPath(folder, name);
  const expectation = parseExpectation(await readIfThere(path), path);
  if (expectation === undefined) return undefined;
  const { file, url, contentType } = expectation;
  return { page: await readPage(join(folder, file), { url, contentType }), expectation };
}

/** Describes each difference between the current and the saved results; empty without any. */
export function differencesOf(expectation: Expectation, extracted: ExtractedPage): string[] {
  const { count, idsSha256, firstId, lastId, nextUrl } = factsOf(extracted);
  const differences: string[] = [];
  if (count !== expectation.count)
    differences.push(`${count} quotes where ${expectation.count} were found`);
  else if (idsSha256 !== expectation.idsSha256) {
    const places = [
      ...(firstId === expectation.firstId ? [] : ['the first']),
      ...(lastId === expectation.lastId ? [] : ['the last']),
    ];
    const which = places.length === 0 ? 'some in the middle' : places.join(' and ');
    differences.push(`as many quotes but others, such as ${which}`);
  }
  if (nextUrl !== expectation.nextUrl) {
    const was = expectation.nextUrl ?? 'none';
    differences.push(`the next page is ${nextUrl ?? 'none'} where it was ${was}`);
  }
  return differences;
}

function factsOf({
  quotes,
  nextUrl = null,
}: Pick<ExtractedPage, 'quotes'> & { nextUrl?: string | null | undefined }) {
  const ids = quotes.map(({ id }) => id);
  return {
    count: ids.length,
    firstId: ids.at(0) ?? '',
    lastId: ids.at(-1) ?? '',
    idsSha256: createHash('sha256').update(ids.join('\n')).digest('hex'),
    nextUrl,
  };
}

function parseExpectation(text: string | undefined, path: string): Expectation | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path} is not JSON (${(cause as Error).message}): save the page again`, {
      cause,
    });
  }
  if (Value.Check(Expectation, value)) return value;
  const [error] = Value.Errors(Expectation, value);
  throw new Error(`${path}: ${error?.instancePath} ${error?.message}: save the page again`);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function expectationPath(folder: string, name: string): string {
  return join(folder, `${name}.expected.json`);
}

function extensionOf({ contentType }: Page): string {
  if (/\bjson\b/i.test(contentType)) return 'json';
  return /\b(?:xml|rss|atom)\b/i.test(contentType) && !/xhtml/i.test(contentType) ? 'xml' : 'html';
}
