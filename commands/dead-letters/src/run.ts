import { type DeadLetter, type DeadLetters, openDeadLetters } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { type Environment, loadBusConfig } from '@quotewire/service';
import { exitCodeOf, printable, printableJson, type Terminal } from '@quotewire/terminal';
import { expiryOf, extendExpiry } from './body.ts';
import { choose } from './choose.ts';
import { type Command, HELP, parseCommand } from './arguments.ts';
import { formatLetter, formatTable, summaryOf } from './format.ts';

interface Context {
  readonly env: Environment;
  readonly terminal: Terminal;
}

/** Runs the command; resolves with its exit code: 1 for a failure, 2 for wrong arguments. */
export function run(args: readonly string[], context: Context): Promise<number> {
  const { terminal } = context;
  const work = async () => {
    const command = parseCommand(args);
    if (command.verb === 'help') terminal.print(HELP);
    else await openAndCarryOut(command, context);
  };
  return exitCodeOf(work, { terminal, command: 'npm run dead-letters --' });
}

async function openAndCarryOut(command: Work, { env, terminal }: Context): Promise<void> {
  if (command.verb === 'drop' && !command.isSure && !terminal.isInteractive) {
    throw new Error("drop removes for good, and there's no terminal to ask on: add --yes");
  }
  const { amqpUrls } = loadBusConfig(env);
  const deadLetters = await openDeadLetters({ url: amqpUrls, topology: topologyOf() });
  try {
    await carryOut(command, { deadLetters, terminal });
  } catch (error) {
    // the broker requeues unacknowledged messages of a broken connection
    await deadLetters.close().catch(() => {});
    throw error;
  }
  await deadLetters.close();
}

type Work = Exclude<Command, { readonly verb: 'help' }>;

interface Opened {
  readonly deadLetters: DeadLetters;
  readonly terminal: Terminal;
}

async function carryOut(command: Work, opened: Opened): Promise<void> {
  const { deadLetters, terminal } = opened;
  const { letters, hasMore } = deadLetters;
  if (hasMore) terminal.warn(`only the oldest ${letters.length} are looked at; there are more`);
  if (command.verb === 'list') {
    if (command.isJson) terminal.print(printableJson(letters.map(summaryOf)));
    else terminal.print(letters.length === 0 ? 'no dead letters' : formatTable(letters));
    return;
  }
  const chosen = command.ids === 'all' ? letters : choose(letters, command.ids);
  if (chosen.length === 0) {
    terminal.print('no dead letters');
    return;
  }
  if (command.verb === 'show') terminal.print(chosen.map(formatLetter).join('\n\n'));
  if (command.verb === 'retry') await retry(chosen, command, opened);
  if (command.verb === 'drop') await drop(chosen, command, opened);
}

async function retry(
  letters: readonly DeadLetter[],
  { extendMinutes }: { extendMinutes: number | undefined },
  { deadLetters, terminal }: Opened,
): Promise<void> {
  const now = Date.now();
  for (const letter of letters) {
    const body =
      extendMinutes === undefined
        ? letter.body
        : extendExpiry(letter.body, new Date(now + extendMinutes * 60_000));
    await deadLetters.retry(letter, { body });
    const expiry = expiryOf(body);
    const note =
      expiry !== undefined && expiry.getTime() <= now
        ? `, but it expired at ${expiry.toISOString()} and will be skipped (--extend <minutes> moves its expiry)`
        : '';
    terminal.print(`retried ${printable(letter.id)}${note}`);
  }
}

async function drop(
  letters: readonly DeadLetter[],
  { isSure }: { isSure: boolean },
  { deadLetters, terminal }: Opened,
): Promise<void> {
  if (!isSure && !(await terminal.confirm(`Remove ${letters.length} for good? [y/N] `))) {
    terminal.print('nothing removed');
    return;
  }
  for (const letter of letters) {
    deadLetters.drop(letter);
    terminal.print(`dropped ${printable(letter.id)}`);
  }
}
