import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSources } from '@quotewire/sources';
import { describe, expect, it } from 'vitest';
import { parseCommand as parseDeadLetters } from '@quotewire/dead-letters/arguments';
import { parseCommand as parseSource } from '@quotewire/source/arguments';
import { blocksOf, readDocument, readDocuments, ROOT } from './documents.ts';

const documents = readDocuments();
const shellLines = documents.flatMap((document) =>
  blocksOf(document, 'sh').flatMap((block) => block.split('\n')),
);

/** The arguments of each shell line that runs an npm script. */
function argumentsOf(script: string): string[][] {
  const start = `npm run ${script} -- `;
  const lines = shellLines.filter((line) => line.startsWith(start));
  return lines.map((line) => line.slice(start.length).replace(/ +#.*/, '').split(' '));
}

it('names npm scripts that exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: object;
  };
  const workflows = globSync('.github/workflows/*.yml', { cwd: ROOT });
  const texts = workflows.map((path) => readFileSync(join(ROOT, path), 'utf8'));
  const named = [...documents.map(({ text }) => text), ...texts].flatMap((text) =>
    [...text.matchAll(/npm run (?:-s )?(\w[\w:-]*)/g)].map(([, name = '']) => name),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

describe('npm run source', () => {
  it.each(argumentsOf('source'))('understands %s %s', (...args) => {
    expect(() => parseSource(args)).not.toThrow();
  });
});

describe('npm run dead-letters', () => {
  it.each(argumentsOf('dead-letters'))('understands %s %s', (...args) => {
    expect(() => parseDeadLetters(args)).not.toThrow();
  });
});

describe('npm run service', () => {
  it.each(argumentsOf('service'))('finds %s', (name = '') => {
    expect(globSync(`services/${name}/src/main.ts`, { cwd: ROOT })).toHaveLength(1);
  });
});

it.each(['README.md', 'docs/guides/sources.md'])('shows a source that is valid in %s', (path) => {
  const [entry = ''] = blocksOf(readDocument(path), 'json');
  const where = { path, sampleSiteUrl: 'http://127.0.0.1:8080' };
  expect(parseSources(`{"sources": [${entry}]}`, where)).toHaveLength(1);
});
