import type { Terminal } from '@quotewire/terminal';
import type { Command } from './arguments.ts';
import type { CommandConfig } from './config.ts';
import { readPage, visit, withExtractor } from './page.ts';
import { counted, formatExtracted } from './report.ts';
import { savedPagesOf, savePage } from './saved-page.ts';
import { readSources, sourceNamed } from './sources-file.ts';

/** Saves the page of a source, fetched or given, with the quotes found on it. */
export async function saveSource(
  { name, from, contentType }: Command & { verb: 'save' },
  { config, terminal }: { config: CommandConfig; terminal: Terminal },
): Promise<void> {
  const { path } = config.sources;
  const source = sourceNamed(name, (await readSources(config.sources)).sources, path);
  const page =
    from === undefined
      ? await visit(source, config)
      : await readPage(from, { url: source.url, contentType });
  const extracted = await withExtractor((extract) => extract(page, source));
  if (extracted.quotes.length === 0) {
    throw new Error(
      `${formatExtracted(extracted, { terminal })}\n${page.url} isn't saved: a page without quotes would have nothing to check`,
    );
  }
  const saved = await savePage({ page, extracted }, { folder: savedPagesOf(path), name });
  terminal.print(`saved ${saved} with ${counted(extracted.quotes.length, 'quote')}`);
}
