import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** How a run of tests ended; `failed` names the first test that failed. */
export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly failed: string; readonly message?: string | undefined }
  /** No test failed, but the run did: the code doesn't load. */
  | { readonly kind: 'broken'; readonly output: string };

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** A run that takes longer counts as failed: the fault prevents its end. */
const DEADLINE_MS = 300_000;
const REPORT = 'mutants-report.json';

/** Runs test files of the tree at a path, or only the tests with a title, until one fails. */
export async function runTests(
  path: string,
  { tests, title }: { tests: readonly string[]; title?: string },
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  await rm(join(path, REPORT), { force: true });
  const vitest = join(path, 'node_modules', 'vitest', 'vitest.mjs');
  const options = ['--bail=1', '--reporter=json', `--outputFile=${REPORT}`, '--retry=0'];
  // a busy machine must not make a system test fail
  if (tests.some((file) => file.startsWith('test/'))) options.push('--testTimeout=180000');
  if (title !== undefined) options.push(`--testNamePattern=${title}`);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const child = spawn(process.execPath, [vitest, 'run', ...options, ...tests], {
    cwd: path,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  signal.addEventListener('abort', () => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  const report = await readReport(path);
  if (code === 0) {
    // without a broker the system tests are skipped
    return report?.numPassedTests ? { kind: 'passed' } : { kind: 'broken', output: 'no test ran' };
  }
  if (signal.aborted) return { kind: 'failed', failed: 'the run does not end' };
  const failed = report?.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === 'failed');
  return failed === undefined
    ? { kind: 'broken', output }
    : { kind: 'failed', failed: failed.fullName, message: failed.failureMessages[0] };
}

async function readReport(path: string): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(join(path, REPORT), 'utf8')) as Report;
  } catch {
    return undefined;
  }
}
