import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDocument, ROOT } from './documents.ts';

const { text: readme } = readDocument('README.md');
const WITH_CONTENTS = ['packages', 'services', 'commands'];

function foldersIn(path: string): string[] {
  return readdirSync(join(ROOT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$)/.test(entry.name))
    .map(({ name }) => name);
}

function layoutOfRepository(): string[] {
  const contents = (folder: string) =>
    WITH_CONTENTS.includes(folder) ? foldersIn(folder).map((name) => `${folder}/${name}`) : [];
  return foldersIn('.').flatMap((folder) => [folder, ...contents(folder)]);
}

function layoutInReadme(): string[] {
  const [, tree = ''] = /## Layout\n\n```\n(.*?)```/s.exec(readme) ?? [];
  let parent = '';
  return [...tree.matchAll(/^( *)([\w-]+)\//gm)].map(([, indent, name = '']) => {
    if (indent !== '') return `${parent}/${name}`;
    parent = name;
    return name;
  });
}

it('fits within 150 lines', () => {
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});

it('shows the folders of the repository', () => {
  expect(layoutInReadme().toSorted()).toEqual(layoutOfRepository().toSorted());
});
