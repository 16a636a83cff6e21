import { nameFor, notesOn, ProposeError } from '@quotewire/propose';
import { propose } from '@quotewire/propose/propose';
import { parseSource } from '@quotewire/sources';
import { addSource as addToSources, takenName } from '@quotewire/sources/add-source';
import { printable, printableJson, type Terminal, UsageError } from '@quotewire/terminal';
import type { Command } from './arguments.ts';
import type { CommandConfig } from './config.ts';
import { findPage, isUrl } from './find-page.ts';
import { withExtractor } from './page.ts';
import { formatExtracted, heading } from './report.ts';
import { readSources } from './sources-file.ts';

/** Proposes a source for a page, and writes it to the file after a confirmation. */
export async function addSource(
  command: Command & { verb: 'add' },
  { config, terminal }: { config: CommandConfig; terminal: Terminal },
): Promise<void> {
  const { target, isSure, isJson } = command;
  const { path } = config.sources;
  if (!isUrl(target) && command.baseUrl === undefined)
    throw new UsageError(`--base-url has to say where ${target} was found: the source needs a url`);
  if (!isSure && !isJson && !terminal.isInteractive)
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
  const source = parseSource(entry, config.sources);
  const extracted = await withExtractor((extract) => extract(page, source));
  if (extracted.quotes.length === 0) {
    throw new ProposeError(
      `${page.url} has no quotes where they seemed to be: write the entry by hand, and try it with --source`,
    );
  }
  const notes = notesOn(entry, extracted);
  if (isJson) terminal.print(printableJson({ entry, notes, ...extracted }));
  else {
    terminal.print(`${heading([name, target], terminal)}\n\n${printableJson(entry)}\n`);
    terminal.print(formatExtracted(extracted, { limit: command.limit, terminal }));
    for (const note of notes) terminal.print(terminal.paint('yellow', printable(note)));
  }
  if (isJson && !isSure) return;
  if (!isSure && !(await terminal.confirm(`Write it to ${path}? [y/N] `))) {
    terminal.print('nothing written');
    return;
  }
  await addToSources(entry, config.sources);
  const from = isUrl(target) ? '' : ` --from ${target}`;
  // n.b. with --json the standard output is the machine's
  terminal.warn(
    `wrote "${name}" to ${path}: timer and scraper that run take it over within seconds; npm run source -- save ${name}${from} saves a page for check`,
  );
}

async function refuseTaken(name: string, { sources: config }: CommandConfig): Promise<void> {
  const { sources } = await readSources(config);
  if (sources.some((source) => source.name === name)) throw takenName(name, config.path);
}

function nameOf(url: string): string {
  if (!URL.canParse(url)) throw new UsageError(`"${url}" is not a URL`);
  return nameFor(url);
}
