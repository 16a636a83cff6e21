import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a program with the terminal of this process; rejects if it is missing or fails. */
export function runProgram([program = '', ...args]: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(program, args, { stdio: 'inherit' });
  child.on('error', (cause: NodeJS.ErrnoException) => {
    const fix = cause.code === 'ENOENT' ? 'install it and log in' : cause.message;
    reject(new Error(`${program} can't be run: ${fix}`, { cause }));
  });
  child.on('close', (code, signal) => {
    if (code === 0) resolve();
    else reject(new Error(`${program} ended with ${signal ?? `exit code ${code}`}`));
  });
  return promise;
}

/** The address of an app, without a slash at its end. */
export async function readAppUrl(name: string): Promise<string> {
  const args = ['apps:info', '--app', name, '--json'];
  const { stdout } = await promisify(execFile)('heroku', args);
  const { app } = JSON.parse(stdout) as { app: { web_url: string } };
  return app.web_url.replace(/\/$/, '');
}
