import { childEnv } from '@quotewire/testing';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const ROOT = join(import.meta.dirname, '../../..');

const runMain = (...args: string[]) =>
  promisify(execFile)(process.execPath, [MAIN, ...args], {
    cwd: ROOT,
    env: childEnv(),
  });

it('finds no mistake in the sources of this repository', async () => {
  const { stdout, stderr } = await runMain('check');
  expect(stdout).toMatch(/^ok +sample-site +10 quotes$/m);
  expect(stderr).toBe('');
});

it('exits with code 2 for invalid arguments', async () => {
  await expect(runMain('publish')).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('npm run source -- --help'),
  });
});
