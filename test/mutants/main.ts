// Puts faults into a copy of the code, one at a time, and reports those that no test notices: npm run mutants -- --help
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCommandLine, UsageError } from '@quotewire/terminal';
import { findBroker } from '@quotewire/testing';
import { copyTree } from './copy-tree.ts';
import { mutate, type Mutation } from './mutation.ts';
import { mutations as allMutations } from './mutations.ts';
import { runTests } from './run-tests.ts';

const root = join(import.meta.dirname, '../..');
const mutations = readCommandLine(
  {
    command: 'npm run mutants --',
    summary:
      'Puts known faults into a copy of the code, one at a time, and runs the tests that must notice them.',
    operands: '[<word>]',
    options: {},
    notes: '<word> chooses the faults whose file or description contains it (default: all).',
    examples: ['npm run mutants', 'npm run mutants -- history'],
  },
  ({ positionals }) => mutationsWith(positionals),
);
const needsBroker = mutations.some(({ tests }) => tests.some((file) => file.startsWith('test/')));
const broker = needsBroker ? await findBroker() : undefined;
const env = { ...process.env, ...(broker && { AMQP_URL: broker.url }) };

/** Returns the faults whose file or description contains the word; throws a `UsageError` if there is none. */
function mutationsWith([word = '', ...others]: readonly string[]): Mutation[] {
  if (others.length > 0)
    throw new UsageError(
      `one word is enough: leave "${others.join(' ')}" out, or put quotes around all`,
    );
  const chosen = allMutations.filter(
    ({ file, fault }) => file.includes(word) || fault.includes(word),
  );
  if (chosen.length === 0)
    throw new UsageError(`no fault has "${word}" in its file or description: choose another word`);
  return chosen;
}

/** Throws unless the tests pass without a fault. */
async function checkBaseline(path: string): Promise<void> {
  const titled = mutations.filter(({ title }) => title !== undefined);
  const titles = titled.map(({ title }) => title).join('|');
  const runs = [
    { tests: testsOf(mutations.filter(({ title }) => title === undefined)) },
    { tests: testsOf(titled), title: titles },
  ];
  for (const run of runs.filter(({ tests }) => tests.length > 0)) {
    const outcome = await runTests(path, run, env);
    if (outcome.kind !== 'passed') {
      throw new Error(`the tests fail without a fault: ${JSON.stringify(outcome)}`);
    }
  }
}

function testsOf(some: readonly Mutation[]): string[] {
  return [...new Set(some.flatMap(({ tests }) => tests))];
}

async function outcomeOf(path: string, mutation: Mutation): Promise<string> {
  const file = join(path, mutation.file);
  const code = await readFile(file, 'utf8');
  try {
    await writeFile(file, mutate(code, mutation));
    const outcome = await runTests(path, mutation, env);
    if (outcome.kind === 'failed') return `noticed   ${outcome.failed}`;
    return outcome.kind === 'passed' ? 'SURVIVED' : `BROKEN    ${outcome.output}`;
  } catch (error) {
    return `BROKEN    ${(error as Error).message}`;
  } finally {
    await writeFile(file, code);
  }
}

try {
  await using tree = await copyTree(root);
  await checkBaseline(tree.path);
  let unnoticed = 0;
  for (const mutation of mutations) {
    const outcome = await outcomeOf(tree.path, mutation);
    if (!outcome.startsWith('noticed')) unnoticed += 1;
    console.log(`${mutation.file}: ${mutation.fault}\n  ${outcome}`);
  }
  console.log(`${mutations.length - unnoticed} of ${mutations.length} faults are noticed.`);
  process.exitCode = unnoticed === 0 ? 0 : 1;
} finally {
  await broker?.stop();
}
