import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeSources } from '@quotewire/testing/write-sources';
import { beforeEach, expect, it } from 'vitest';
import { addSource } from '../src/add-source.ts';

const BEFORE =
  '{\n  "sources": [\n    { "name": "a", "url": "https://a.example/",\n      "item": "p", "fields": {"text": ":scope"} }\n  ]\n}\n';
const entry = { name: 'b', url: 'https://b.example/', item: 'li', fields: { text: 'q' } };

let path: string;
let folder: string;

beforeEach(() => {
  path = writeSources([]);
  folder = dirname(path);
  writeFileSync(path, BEFORE);
});

const configOf = (file: string) => ({ path: file, sampleSiteUrl: 'http://127.0.0.1:8080' });
const add = (added: object = entry, file = path) =>
  addSource(added as { name: string }, configOf(file));
const textOf = (file: string) => readFileSync(file, 'utf8');

it('adds the entry behind the others, whose text stays as it is', async () => {
  await add();
  expect(textOf(path)).toContain(BEFORE.slice(0, BEFORE.indexOf('\n  ]')));
  expect(JSON.parse(textOf(path)).sources[1]).toEqual(entry);
  expect(readdirSync(folder)).toEqual(['sources.json']);
});

it('writes through a symbolic link', async () => {
  const link = join(folder, 'link.json');
  symlinkSync(path, link);
  await add(entry, link);
  expect(textOf(path)).toContain('"b"');
});

it.for([
  ['a name that is taken', { ...entry, name: 'a' }, { code: 'taken' }, 'choose another name'],
  ['an invalid entry', { ...entry, itme: 'p' }, { name: 'SourcesError' }, '/itme is unknown'],
] as const)('refuses %s, and leaves the file', async ([, added, error, message]) => {
  await expect(add(added)).rejects.toMatchObject({
    ...error,
    message: expect.stringContaining(message),
  });
  expect(textOf(path)).toBe(BEFORE);
});

it("leaves a file that can't be replaced, and says what to do", async () => {
  // the name of a temporary file beside this one is too long
  const long = join(folder, `${'x'.repeat(250)}.json`);
  writeFileSync(long, BEFORE);
  await expect(add(entry, long)).rejects.toMatchObject({
    code: 'not-writable',
    message: expect.stringContaining('add the entry to the file by hand'),
  });
  expect(textOf(long)).toBe(BEFORE);
});

it('refuses while another process writes, and leaves both files', async () => {
  writeFileSync(`${path}.new`, '');
  await expect(add()).rejects.toMatchObject({
    code: 'changed',
    message: expect.stringContaining('sources.json.new'),
  });
  expect(textOf(path)).toBe(BEFORE);
  expect(readdirSync(folder).sort()).toEqual(['sources.json', 'sources.json.new']);
});

it('loses none of many concurrent additions that it reports as done', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `c-${index}`);
  const results = await Promise.allSettled(names.map((name) => add({ ...entry, name })));
  const added = names.filter((_, index) => results[index]?.status === 'fulfilled');
  const found = JSON.parse(textOf(path)).sources.map(({ name }: { name: string }) => name);
  expect(added).not.toEqual([]);
  expect(found.sort()).toEqual(['a', ...added]);
});

it('leaves no temporary file after a failure', async () => {
  mkdirSync(join(folder, 'd.json'));
  await expect(add(entry, join(folder, 'd.json'))).rejects.toMatchObject({ code: 'not-writable' });
  expect(readdirSync(folder).sort()).toEqual(['d.json', 'sources.json']);
});
