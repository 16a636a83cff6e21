import type { ScraperConfig } from '@quotewire/scraper/config';
import { unmetExpectationOf } from '@quotewire/sources';
import { printable } from '../terminal/printable.ts';
import type { Command } from './command.ts';
import { findPage } from './find-page.ts';
import { notesOn } from './notes-on.ts';
import { UNKNOWN_URL, withExtractor } from './page.ts';
import { propose } from './propose.ts';
import { formatExtracted, heading, paint } from './report.ts';
import { sourceOf } from './sources-file.ts';

/** Shows what would be published of one page; resolves with whether anything would, and the source's expectations are met. */
export async function tryPage(
  command: Command & { verb: 'try' },
  config: ScraperConfig,
): Promise<boolean> {
  const { page, source: given } = await findPage(command, config);
  const entry = given === undefined ? propose(page) : undefined;
  const source = given ?? sourceOf({ name: 'proposal', url: page.url, ...entry }, config.sources);
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
    console.log(JSON.stringify({ ...result, ...extracted, quotes }, undefined, 2));
  } else {
    console.log(`${heading(source.name, url === UNKNOWN_URL ? (command.target ?? url) : url)}\n`);
    if (entry !== undefined)
      console.log(
        `No source is given; this one is proposed:\n${JSON.stringify(entry, undefined, 2)}\n`,
      );
    console.log(formatExtracted(extracted, command));
    for (const note of entry === undefined ? [] : notesOn(entry, extracted))
      console.log(paint('yellow', note));
    if (unmet !== undefined) console.log(paint('red', printable(unmet)));
    if (url === UNKNOWN_URL) console.log(`(--base-url says where the page was found)`);
  }
  return extracted.quotes.length > 0 && unmet === undefined;
}
