import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const readJson = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

it('decides for every install script of a dependency whether npm runs it', () => {
  const { allowScripts } = readJson('package.json') as { allowScripts: Record<string, boolean> };
  const { packages } = readJson('package-lock.json') as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  };
  const withScripts = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.split('node_modules/').at(-1) ?? path);
  expect(Object.keys(allowScripts).sort()).toEqual([...new Set(withScripts)].sort());
});
