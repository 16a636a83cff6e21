import { exitCodeOf, type Terminal } from '@quotewire/terminal';
import { type Command, HELP, parseCommand } from './arguments.ts';
import { type CommandLine, planOf } from './plan.ts';

interface Context {
  readonly terminal: Terminal;
  /** Rejects if the program fails. */
  readonly runProgram: (line: CommandLine) => Promise<void>;
  /** The address of an app. */
  readonly readAppUrl: (name: string) => Promise<string>;
}

/** Runs the command; resolves with its exit code: 1 for a failure, 2 for wrong arguments. */
export function run(args: readonly string[], context: Context): Promise<number> {
  const { terminal } = context;
  const work = async () => {
    const command = parseCommand(args);
    if (command.verb === 'help') terminal.print(HELP);
    else await carryOut(command, context);
  };
  return exitCodeOf(work, { terminal, command: 'npm run heroku --' });
}

async function carryOut(
  command: Exclude<Command, { readonly verb: 'help' }>,
  { terminal, runProgram, readAppUrl }: Context,
): Promise<void> {
  const plan = planOf(command);
  const isAsked = command.verb === 'destroy' && !command.isDryRun && !command.isSure;
  if (isAsked) {
    if (!terminal.isInteractive)
      throw new Error("destroy removes for good, and there's no terminal to ask on: add --yes");
    for (const line of plan) terminal.print(format(line));
    if (!(await terminal.confirm(`Remove ${plan.length} for good? [y/N] `))) {
      terminal.print('nothing removed');
      return;
    }
  }
  const urls = new Map<string, string>();
  for (const [index, line] of plan.entries()) {
    try {
      const resolved = command.isDryRun ? line : await withUrls(line, { urls, readAppUrl });
      terminal.print(format(resolved));
      if (!command.isDryRun) await runProgram(resolved);
    } catch (cause) {
      const left = plan.slice(index + 1).map((next) => `\n  ${format(next)}`);
      const note = left.length === 0 ? '' : `; these were not run:${left.join('')}`;
      throw new Error(`${(cause as Error).message}${note}`, { cause });
    }
  }
}

/** Replaces each `<url of my-app>` by that app's address. */
async function withUrls(
  line: CommandLine,
  { urls, readAppUrl }: { urls: Map<string, string> } & Pick<Context, 'readAppUrl'>,
): Promise<CommandLine> {
  for (const [, name = ''] of line.join(' ').matchAll(/<url of ([^>]+)>/g)) {
    if (!urls.has(name)) urls.set(name, await readAppUrl(name));
  }
  return line.map((word) =>
    word.replaceAll(/<url of ([^>]+)>/g, (_, name) => urls.get(name) ?? ''),
  );
}

/** A command line as one types it. A token is not shown. */
function format(line: CommandLine): string {
  const words = line.map((word) => word.replace(/^(ADMIN_TOKEN=).*/, '$1***'));
  return words.map((word) => (/^[\w@%+=:,./*-]+$/.test(word) ? word : `'${word}'`)).join(' ');
}
