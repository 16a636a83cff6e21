import type { ScraperConfig } from '@quotewire/scraper/config';
import type { ExtractedPage } from '@quotewire/scraper/pages';
import { type Command, UsageError } from './command.ts';
import { confirm } from './confirm.ts';
import { findPage, isUrl } from './find-page.ts';
import { withExtractor } from './page.ts';
import { type Entry, propose, ProposeError } from './propose.ts';
import { formatExtracted, heading, paint } from './report.ts';
import { addToSources, readSources, sourceOf, takenName } from './sources-file.ts';

/** Proposes a source for a page and writes it to the file, once someone says so. */
export async function addSource(
  command: Command & { verb: 'add' },
  config: ScraperConfig,
): Promise<void> {
  const { target, isSure, isJson } = command;
  const { path } = config.sources;
  if (!isUrl(target) && command.baseUrl === undefined)
    throw new UsageError(`--base-url has to say where ${target} was found: the source needs a url`);
  if (!isSure && !isJson && !(process.stdin.isTTY && process.stdout.isTTY))
    throw new UsageError(
      "there's no terminal to ask on: --yes writes the source, --json only shows it",
    );
  const name = command.name ?? nameOf(command.baseUrl ?? target);
  await refuseTaken(name, config);
  const { page } = await findPage(command, config);
  const entry = {
    name,
    url: page.url,
    ...propose(page),
    ...(command.allowsPrivate ? { allowPrivate: true } : {}),
  };
  const source = sourceOf(entry, config.sources);
  const extracted = await withExtractor((extract) => extract(page, source));
  if (extracted.quotes.length === 0) {
    throw new ProposeError(
      `${page.url} has no quotes where they seemed to be: write the source by hand, and try it with --source`,
    );
  }
  const notes = notesOn(entry, extracted);
  if (isJson) console.log(JSON.stringify({ entry, notes, ...extracted }, undefined, 2));
  else {
    console.log(`${heading(name, page.url)}\n\n${JSON.stringify(entry, undefined, 2)}\n`);
    console.log(formatExtracted(extracted, {}));
    for (const note of notes) console.log(paint('yellow', note));
  }
  if (isJson && !isSure) return;
  if (!isSure && !(await confirm(`Write it to ${path}? [y/N] `))) {
    console.log('nothing written');
    return;
  }
  await addToSources(entry, config.sources);
  // n.b. with --json the standard output is the machine's
  console.error(
    `wrote "${name}" to ${path}: it's scraped once timer and scraper are started again. npm run source -- save ${name} keeps this page for check`,
  );
}

async function refuseTaken(name: string, { sources: config }: ScraperConfig): Promise<void> {
  const { sources } = await readSources(config);
  if (sources.some((source) => source.name === name)) throw takenName(name, config.path);
}

/** `www.example.org` is example-org. */
function nameOf(url: string): string {
  if (!URL.canParse(url)) throw new UsageError(`"${url}" is not a URL`);
  const { hostname } = new URL(url);
  const plain = hostname.replace(/^www\./, '').replaceAll(/[^a-z0-9]+/g, '-');
  return plain.replaceAll(/^-|-$/g, '').slice(0, 63);
}

/** What people should know of a proposal before they take it. */
function notesOn(entry: Entry, { quotes, nextUrl }: ExtractedPage): string[] {
  const withAuthor = quotes.filter(({ author }) => author !== '').length;
  const notes: string[] = [];
  if (withAuthor === 0)
    notes.push('no author was found: these quotes would be published without one');
  else if (withAuthor < quotes.length)
    notes.push(`${quotes.length - withAuthor} of ${quotes.length} quotes have no author`);
  if (quotes.length === 1 && entry.kind !== 'feed')
    notes.push('there is one quote only: look at a page with more of them, if there is one');
  if (nextUrl === undefined && entry.kind !== 'feed')
    notes.push('no link to a next page was found: only this page would be read');
  return notes;
}
