import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

/** Asks on the terminal; resolves with whether the answer is yes. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface(process.stdin, process.stdout);
  // n.b. a question stays open when the input ends
  const ended = once(terminal, 'close').then(() => '');
  try {
    const answer = await Promise.race([terminal.question(question), ended]);
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    terminal.close();
  }
}
