import { childEnv } from '@quotewire/testing';
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ROOT } from './documents.ts';

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

const readManifest = (path: string) =>
  JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Manifest;
const { scripts } = readManifest('package.json');

/** The scripts of package.json that run a program of ours, without those that npm runs before others. */
const programs = Object.entries(scripts).flatMap(([name, command]) => {
  const [, args] = /^node (.+)$/.exec(command) ?? [];
  return args === undefined || name.startsWith('pre') ? [] : [{ name, args: args.split(' ') }];
});
const bins = globSync('commands/*/package.json', { cwd: ROOT }).flatMap((path) =>
  Object.entries(readManifest(path).bin ?? {}).map(([name, main]) => ({
    name,
    args: [join(path, '..', main)],
  })),
);
const others = [
  { name: 'node bench/start/main.ts', args: ['bench/start/main.ts'] },
  { name: 'node bench/bill/main.ts', args: ['bench/bill/main.ts'] },
  { name: 'npm run service -- timer', args: ['scripts/service.js', 'timer'] },
];

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Node in an environment without settings; resolves when the process has ended. */
function run(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: childEnv() };
    execFile(process.execPath, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

it('knows all programs', () => {
  expect(programs.length).toBeGreaterThanOrEqual(10);
  expect(bins).toHaveLength(3);
});

it.each(programs)('checks the version of Node before $name', ({ name }) => {
  expect(scripts[`pre${name}`]).toBe('node scripts/require-node-24.js');
});

it('says to install the dependencies where there are none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quotewire-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'scripts'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const script = join(folder, 'scripts/require-node-24.js');
  copyFileSync(join(ROOT, 'scripts/require-node-24.js'), script);
  const { code, stderr } = await run(script);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/Run: npm ci\n$/) });
});

describe.each([...programs, ...bins, ...others])('$name', ({ args }) => {
  it('prints its usage with an example, and starts nothing', async () => {
    const { code, stdout, stderr } = await run(...args, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: .+\n\n/);
    expect(stdout).toMatch(/\n\nFor example:\n {2}\S/);
  });

  it('names an option that it does not have in one line, with the fix', async () => {
    const { code, stdout, stderr } = await run(...args, '--nonsense');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^.*--nonsense.*: .+ --help lists .*\n$/);
  });
});
