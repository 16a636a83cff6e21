import { type DeadLetter, type DeadLetters, openDeadLetters } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { loadBusConfig } from '@quotewire/service';
import { expiryOf, extendExpiry } from './dead-letters/body.ts';
import { choose } from './dead-letters/choose.ts';
import { type Command, HELP, parseCommand, UsageError } from './dead-letters/command.ts';
import { formatLetter, formatTable, summaryOf } from './dead-letters/format.ts';
import { confirm } from './terminal/confirm.ts';
import { printable, printableLines } from './terminal/printable.ts';

const hasTerminal = process.stdin.isTTY && process.stdout.isTTY;

async function run(command: Command): Promise<void> {
  if (command.verb === 'drop' && !command.isSure && !hasTerminal) {
    throw new Error("drop removes for good, and there's no terminal to ask on: add --yes");
  }
  const { amqpUrl } = loadBusConfig(process.env);
  const deadLetters = await openDeadLetters({ url: amqpUrl, topology: topologyOf() });
  try {
    await carryOut(command, deadLetters);
  } catch (error) {
    // n.b. what the broker doesn't get back from a bad connection it takes back itself
    await deadLetters.close().catch(() => {});
    throw error;
  }
  await deadLetters.close();
}

async function carryOut(command: Command, deadLetters: DeadLetters): Promise<void> {
  const { letters, hasMore } = deadLetters;
  if (hasMore) console.error(`only the oldest ${letters.length} are looked at; there are more`);
  if (command.verb === 'list') {
    if (command.isJson) console.log(JSON.stringify(letters.map(summaryOf), undefined, 2));
    else console.log(letters.length === 0 ? 'no dead letters' : formatTable(letters));
    return;
  }
  const chosen = command.ids === 'all' ? letters : choose(letters, command.ids);
  if (chosen.length === 0) {
    console.log('no dead letters');
    return;
  }
  if (command.verb === 'show') console.log(chosen.map(formatLetter).join('\n\n'));
  if (command.verb === 'retry') await retry(chosen, deadLetters, command);
  if (command.verb === 'drop') await drop(chosen, deadLetters, command);
}

async function retry(
  letters: readonly DeadLetter[],
  deadLetters: DeadLetters,
  { extendMinutes }: { extendMinutes: number | undefined },
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
        ? `, but it expired at ${expiry.toISOString()} and will be let go (--extend <minutes> gives it time)`
        : '';
    console.log(`retried ${printable(letter.id)}${note}`);
  }
}

async function drop(
  letters: readonly DeadLetter[],
  deadLetters: DeadLetters,
  { isSure }: { isSure: boolean },
): Promise<void> {
  if (!isSure && !(await confirm(`Remove ${letters.length} for good? [y/N] `))) {
    console.log('nothing removed');
    return;
  }
  for (const letter of letters) {
    deadLetters.drop(letter);
    console.log(`dropped ${printable(letter.id)}`);
  }
}

try {
  await run(parseCommand(process.argv.slice(2)));
} catch (error) {
  console.error(printableLines(error instanceof Error ? error.message : String(error)));
  if (error instanceof UsageError) console.error(`\n${HELP}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
