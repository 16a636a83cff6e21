import { UsageError } from './command-line.ts';
import { printableLines } from './printable.ts';
import type { Terminal } from './terminal.ts';

/**
 * Carries out a command; resolves with its exit code: 0 or what the work resolves with, 1 for a
 * failure, 2 for wrong arguments. Prints an error as its message, without a stack trace.
 *
 * @param command what one types before the arguments, such as `npm run source --`
 */
export async function exitCodeOf(
  work: () => Promise<number | void>,
  { terminal, command }: { terminal: Terminal; command: string },
): Promise<number> {
  try {
    return (await work()) ?? 0;
  } catch (error) {
    const message = printableLines(error instanceof Error ? error.message : String(error));
    const isUsage = error instanceof UsageError;
    terminal.warn(isUsage ? `${message} (${command} --help lists all)` : message);
    return isUsage ? 2 : 1;
  }
}
