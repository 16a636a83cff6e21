import type { Environment } from '@quotewire/service';
import { exitCodeOf, type Terminal } from '@quotewire/terminal';
import { addSource } from './add.ts';
import { type Command, HELP, parseCommand } from './arguments.ts';
import { checkSources } from './check.ts';
import { loadConfig } from './config.ts';
import { saveSource } from './save.ts';
import { tryPage } from './try.ts';

interface Context {
  readonly env: Environment;
  readonly terminal: Terminal;
}

/** Runs the command; resolves with its exit code: 1 for a failure, 2 for wrong arguments. */
export function run(args: readonly string[], context: Context): Promise<number> {
  const work = async () => ((await carryOut(parseCommand(args), context)) ? 0 : 1);
  return exitCodeOf(work, { terminal: context.terminal, command: 'npm run source --' });
}

/** Resolves with whether the command succeeded. */
async function carryOut(command: Command, { env, terminal }: Context): Promise<boolean> {
  if (command.verb === 'help') {
    terminal.print(HELP);
    return true;
  }
  const config = loadConfig({ ...env, SOURCES_FILE: command.sourcesFile ?? env.SOURCES_FILE });
  const context = { config, terminal };
  if (command.verb === 'check') return checkSources(command.names, context);
  if (command.verb === 'try') return tryPage(command, context);
  if (command.verb === 'add') await addSource(command, context);
  if (command.verb === 'save') await saveSource(command, context);
  return true;
}
