import type { ExtractedPage, Page } from '@quotewire/extract';
import { type Source, type SourcesConfig, unmetExpectationOf } from '@quotewire/sources';
import { alignColumns, printable, type Terminal } from '@quotewire/terminal';
import type { CommandConfig } from './config.ts';
import { withExtractor } from './page.ts';
import { counted } from './report.ts';
import { differencesOf, loadSavedPage, savedPagesOf } from './saved-page.ts';
import { readSources, sourceNamed } from './sources-file.ts';

interface Verdict {
  readonly name: string;
  readonly state: 'ok' | 'failed' | 'no saved page';
  readonly detail: string;
}

const colours = { ok: 'green', failed: 'red', 'no saved page': 'yellow' } as const;

/** Checks the saved page of each source, or of the named ones, and prints the results. Resolves with whether all passed. */
export async function checkSources(
  names: readonly string[],
  { config: { sources: config }, terminal }: { config: CommandConfig; terminal: Terminal },
): Promise<boolean> {
  const { sources, problems } = await readSources(config);
  for (const problem of problems) terminal.print(terminal.paint('red', printable(problem)));
  const chosen =
    names.length === 0 ? sources : names.map((name) => sourceNamed(name, sources, config.path));
  const verdicts = await withExtractor(async (extract) => {
    const all: Verdict[] = [];
    for (const source of chosen) all.push(await judge(source, { config, extract }));
    return all;
  });
  // errors are never truncated
  const rows = verdicts.map(({ name, state, detail }) => [
    state,
    name,
    state === 'failed' ? '' : detail,
  ]);
  for (const [index, line] of alignColumns(rows, { width: terminal.width }).entries()) {
    const { state = 'ok', detail = '' } = verdicts[index] ?? {};
    terminal.print(terminal.paint(colours[state], state) + line.slice(state.length));
    if (state === 'failed') terminal.print(`  ${printable(detail)}`);
  }
  terminal.print(summaryOf(verdicts));
  return problems.length === 0 && verdicts.every(({ state }) => state !== 'failed');
}

async function judge(
  source: Source,
  {
    config,
    extract,
  }: {
    config: SourcesConfig;
    extract: (page: Page, source: Source) => Promise<ExtractedPage>;
  },
): Promise<Verdict> {
  const { name } = source;
  const folder = savedPagesOf(config.path);
  try {
    const saved = await loadSavedPage({ folder, name });
    if (saved === undefined) return { name, state: 'no saved page', detail: '' };
    const extracted = await extract(saved.page, source);
    const differences = differencesOf(saved.expectation, extracted);
    const unmet = unmetExpectationOf(source, extracted.quotes);
    const wrong = [...differences, ...(unmet === undefined ? [] : [unmet])];
    if (wrong.length === 0)
      return { name, state: 'ok', detail: counted(extracted.quotes.length, 'quote') };
    return { name, state: 'failed', detail: wrong.join('; ') };
  } catch (error) {
    return { name, state: 'failed', detail: (error as Error).message };
  }
}

function summaryOf(verdicts: readonly Verdict[]): string {
  const count = (state: Verdict['state']) => verdicts.filter((one) => one.state === state).length;
  const failed = count('failed');
  const unsaved = count('no saved page');
  return [
    `${count('ok')} ok, ${failed} failed, ${unsaved} without a saved page`,
    ...(failed === 0
      ? []
      : ['mend the entry; or, where what is found now is right, save the page again']),
    ...(unsaved === 0 ? [] : ['npm run source -- save <name> saves a page']),
  ].join('\n');
}
