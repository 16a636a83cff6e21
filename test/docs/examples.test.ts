import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readDocuments, ROOT } from './documents.ts';

const run = promisify(execFile);

/** The programs in documents that are followed by their output. */
const examples = readDocuments().flatMap(({ path, text }) => {
  const pairs = text.matchAll(/^```ts\n(.*?)^```\n\nprints\n\n```\n(.*?)^```$/gms);
  return [...pairs].map(([, code = '', output = '']) => ({ path, code, output }));
});

it('finds an example for most packages', () => {
  expect(examples.length).toBeGreaterThan(5);
});

it.each(examples)('prints what $path says', { timeout: 60_000 }, async ({ code, output }) => {
  const options = ['--input-type=module-typescript', '--eval', code];
  const { stdout } = await run(process.execPath, options, { cwd: ROOT, timeout: 50_000 });
  expect(stdout).toBe(output);
});
