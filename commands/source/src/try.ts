import { notesOn } from '@quotewire/propose';
import { propose } from '@quotewire/propose/propose';
import { parseSource, unmetExpectationOf } from '@quotewire/sources';
import { printable, printableJson, type Terminal } from '@quotewire/terminal';
import type { Command } from './arguments.ts';
import type { CommandConfig } from './config.ts';
import { findPage } from './find-page.ts';
import { UNKNOWN_URL, withExtractor } from './page.ts';
import { formatExtracted, heading } from './report.ts';

/** Prints what one page would publish; resolves with whether there are quotes and the expectations of the source are met. */
export async function tryPage(
  command: Command & { verb: 'try' },
  { config, terminal }: { config: CommandConfig; terminal: Terminal },
): Promise<boolean> {
  const { page, source: given } = await findPage(command, config);
  const entry = given === undefined ? propose(page) : undefined;
  const source =
    given ?? parseSource({ name: 'proposal', url: page.url, ...entry }, config.sources);
  const extracted = await withExtractor((extract) => extract(page, source));
  const unmet = unmetExpectationOf(source, extracted.quotes);
  const { url, contentType } = page;
  if (command.isJson) {
    const quotes = extracted.quotes.slice(0, command.limit);
    const result = {
      source: source.name,
      proposal: entry ?? null,
      url,
      contentType,
      unmet: unmet ?? null,
    };
    terminal.print(printableJson({ ...result, ...extracted, quotes }));
  } else {
    const place = url === UNKNOWN_URL ? (command.target ?? url) : url;
    terminal.print(`${heading([source.name, place], terminal)}\n`);
    if (entry !== undefined)
      terminal.print(`No source is given; this one is proposed:\n${printableJson(entry)}\n`);
    terminal.print(formatExtracted(extracted, { limit: command.limit, terminal }));
    for (const note of entry === undefined ? [] : notesOn(entry, extracted))
      terminal.print(terminal.paint('yellow', printable(note)));
    if (unmet !== undefined) terminal.print(terminal.paint('red', printable(unmet)));
    if (url === UNKNOWN_URL) terminal.print(`(--base-url says where the page was found)`);
  }
  return extracted.quotes.length > 0 && unmet === undefined;
}
