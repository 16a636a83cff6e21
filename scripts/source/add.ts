import type { ScraperConfig } from '@quotewire/scraper/config';
import { type Command, UsageError } from './command.ts';
import { confirm } from '../terminal/confirm.ts';
import { findPage, isUrl } from './find-page.ts';
import { notesOn } from './notes-on.ts';
import { withExtractor } from './page.ts';
import { propose, ProposeError } from './propose.ts';
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
    console.log(`${heading(name, target)}\n\n${JSON.stringify(entry, undefined, 2)}\n`);
    console.log(formatExtracted(extracted, command));
    for (const note of notes) console.log(paint('yellow', note));
  }
  if (isJson && !isSure) return;
  if (!isSure && !(await confirm(`Write it to ${path}? [y/N] `))) {
    console.log('nothing written');
    return;
  }
  await addToSources(entry, config.sources);
  const from = isUrl(target) ? '' : ` --from ${target}`;
  // n.b. with --json the standard output is the machine's
  console.error(
    `wrote "${name}" to ${path}: start timer and scraper again to have it scraped; npm run source -- save ${name}${from} saves a page for check`,
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
