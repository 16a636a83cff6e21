import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mutate, type Mutation } from '../mutants/mutation.ts';
import { mutations } from '../mutants/mutations.ts';

const ROOT = join(import.meta.dirname, '../..');
const CONTRACT = 'packages/testing/src/bus-contract';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The code of a mutation's test files, with the contract of the bus if they run it. */
function testsOf({ tests }: Mutation): string {
  const code = tests.map(read).join();
  if (!code.includes('@quotewire/testing/bus-contract')) return code;
  return [code, ...globSync(`${CONTRACT}/*.ts`, { cwd: ROOT }).map(read)].join();
}

it.for(mutations)('can apply the fault that $fault', (mutation) => {
  const code = read(mutation.file);
  expect(mutate(code, mutation)).not.toBe(code);
  expect(testsOf(mutation)).toContain(mutation.title ?? '');
});

it('describes each fault once', () => {
  const faults = mutations.map(({ fault }) => fault);
  expect(faults).toEqual([...new Set(faults)]);
});
