import { createRecordingTerminal } from '@quotewire/testing';
import { run } from '../../src/run.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in this process, without a terminal; resolves when it has ended, however it ends. */
export async function runHere(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const terminal = createRecordingTerminal();
  const code = await run(args, { env, terminal });
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}
