import { execFile } from 'node:child_process';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, '../../scripts/source.ts');
const END_DEADLINE_MS = 30_000;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `npm run source` without a terminal; resolves when it has ended, however it ends. */
export function runSourceCommand(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd: join(import.meta.dirname, '../..'),
      env: { PATH: process.env.PATH, ...env },
      timeout: END_DEADLINE_MS,
    };
    execFile(process.execPath, [SCRIPT, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(new Error(`it didn't end by itself. It printed:\n${stdout}${stderr}`));
    });
  });
}
