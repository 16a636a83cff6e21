import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const COPIED = [
  'packages',
  'services',
  'commands',
  'test',
  'scripts',
  'saved-pages',
  'examples',
  'bench',
];
const COPIED_FILES = ['package.json', 'vitest.config.ts', 'tsconfig.json', 'sources.json'];
/** The folder of links to the workspaces; they must point to the copies. */
const SCOPE = '@quotewire';

/** Copies what the tests need to a temporary directory. Links installed packages, and the workspaces to their copies. */
export async function copyTree(root: string): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'mutants-'));
  for (const name of [...COPIED, ...COPIED_FILES]) {
    const filter = (source: string) => !source.endsWith('node_modules');
    await cp(join(root, name), join(path, name), { recursive: true, filter });
  }
  await linkAll(join(root, 'node_modules'), join(path, 'node_modules'), { except: SCOPE });
  const workspaces = join(root, 'node_modules', SCOPE);
  await mkdir(join(path, 'node_modules', SCOPE));
  for (const name of await readdir(workspaces)) {
    const target = relative(await realpath(root), await realpath(join(workspaces, name)));
    await symlink(join(path, target), join(path, 'node_modules', SCOPE, name));
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function linkAll(from: string, to: string, { except }: { except: string }): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) {
    const isCache = name.startsWith('.') && name !== '.bin';
    if (name !== except && !isCache) await symlink(join(from, name), join(to, name));
  }
}
