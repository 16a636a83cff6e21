import { loadConfig } from '@quotewire/scraper/config';
import { printableLines } from './terminal/printable.ts';
import { addSource } from './source/add.ts';
import { checkSources } from './source/check.ts';
import { type Command, HELP, parseCommand, UsageError } from './source/command.ts';
import { saveSource } from './source/save.ts';
import { tryPage } from './source/try.ts';

/** Resolves with whether all is well. */
async function run(command: Command): Promise<boolean> {
  if (command.verb === 'help') {
    console.log(HELP);
    return true;
  }
  const { SOURCES_FILE } = process.env;
  const config = loadConfig({ ...process.env, SOURCES_FILE: command.sourcesFile ?? SOURCES_FILE });
  if (command.verb === 'check') return checkSources(command.names, config.sources);
  if (command.verb === 'try') return tryPage(command, config);
  if (command.verb === 'add') await addSource(command, config);
  if (command.verb === 'save') await saveSource(command, config);
  return true;
}

try {
  if (!(await run(parseCommand(process.argv.slice(2))))) process.exitCode = 1;
} catch (error) {
  console.error(printableLines(error instanceof Error ? error.message : String(error)));
  if (error instanceof UsageError) console.error('\nnpm run source -- --help shows how');
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
