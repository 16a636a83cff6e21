import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The names of all settings that a package or service reads: the keys of its TypeBox objects. */
function settingsInCode(): string[] {
  const folders = [
    'packages/service/src',
    'packages/sources/src',
    ...readdirSync(join(ROOT, 'services')).map((name) => `services/${name}/src`),
  ];
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((file) => /(config|settings)\.ts$/.test(file))
      .map((file) => join(ROOT, folder, file)),
  );
  const names = files.flatMap(
    (file) => readFileSync(file, 'utf8').match(/^ {2,4}([A-Z][A-Z_]+)(?=: [A-Z(p])/gm) ?? [],
  );
  return [...new Set(names.map((name) => name.trim()))].sort();
}

function settingsInReadme(): string[] {
  const [, table = ''] = /## Settings\n(.*?)\n## /s.exec(readme) ?? [];
  return [...table.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name = '']) => name).sort();
}

it('lists every setting, and no other', () => {
  expect(settingsInReadme().length).toBeGreaterThan(15);
  expect(settingsInReadme()).toEqual(settingsInCode());
});

it('points at files that are there', () => {
  const links = [...readme.matchAll(/\]\((?!http)([^)#]+)\)/g)].map(([, path = '']) => path);
  expect(links.length).toBeGreaterThan(0);
  for (const path of links) expect(() => readFileSync(join(ROOT, path))).not.toThrow();
});

it('names npm scripts that are there', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: object;
  };
  const named = [...readme.matchAll(/npm run (\w[\w:-]*)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
