import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { toscrapeSource } from '@quotewire/testing/write-sources';
import { beforeEach, expect, it } from 'vitest';
import { pageOf, sayings, serveWiseSite, type WiseSite } from './support/wise-site.ts';

let wise: WiseSite;

beforeEach(async () => {
  wise = await serveWiseSite();
});

const savedPage = (file: string) => join(dirname(wise.sourcesFile), 'saved-pages', file);

it('finds the same on a saved page as when it was saved', async () => {
  expect(await wise.run('save', 'wise')).toMatchObject({ code: 0 });
  expect(readFileSync(savedPage('wise.html'), 'utf8')).toBe(wise.page);
  const expectation = JSON.parse(readFileSync(savedPage('wise.expected.json'), 'utf8')) as object;
  expect(expectation).toMatchObject({
    url: `${wise.url}/`,
    count: 3,
    nextUrl: `${wise.url}/page/2/`,
  });
  wise.page = undefined;
  expect(await wise.run('check')).toEqual({
    code: 0,
    stdout: 'ok  wise  3 quotes\n1 ok, 0 failed, 0 without a saved page\n',
    stderr: '',
  });
});

it('fails if it finds something else', async () => {
  await wise.run('save', 'wise');
  writeFileSync(savedPage('wise.html'), pageOf(sayings.slice(1)));
  const { code, stdout } = await wise.run('check', 'wise');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^failed +wise$/m);
  expect(stdout).toContain('2 quotes where 3 were found; the next page is none where it was');
});

it('fails if it finds less than the source expects', async () => {
  await wise.run('save', 'wise');
  const source = {
    ...toscrapeSource({ name: 'wise', url: `${wise.url}/` }),
    expect: { minItems: 5 },
  };
  writeFileSync(wise.sourcesFile, JSON.stringify({ sources: [source] }));
  const { code, stdout } = await wise.run('check');
  expect(code).toBe(1);
  expect(stdout).toContain('3 quotes where at least 5 are expected');
});

it('checks the valid sources of a file with mistakes, and reports the mistakes', async () => {
  await wise.run('save', 'wise');
  const broken = {
    name: 'broken',
    url: 'https://example.org/',
    item: 'p[',
    fields: { text: 'b' },
  };
  const unsaved = toscrapeSource({ name: 'unsaved', url: 'https://example.org/' });
  const good = toscrapeSource({ name: 'wise', url: `${wise.url}/` });
  writeFileSync(wise.sourcesFile, JSON.stringify({ sources: [broken, good, unsaved] }));
  const { code, stdout } = await wise.run('check');
  expect(code).toBe(1);
  expect(stdout).toContain('/sources/0/item "p[" can\'t be used');
  expect(stdout).toMatch(/^ok +wise +3 quotes$/m);
  expect(stdout).toMatch(/^no saved page +unsaved$/m);
});

it('names a damaged file', async () => {
  await wise.run('save', 'wise');
  writeFileSync(savedPage('wise.expected.json'), '{"count": 3}');
  const { code, stdout } = await wise.run('check');
  expect(code).toBe(1);
  expect(stdout).toMatch(/wise\.expected\.json: .*save the page again/);
});

it('saves a given file, and no page without quotes', async () => {
  const path = wise.writePage('given.html', pageOf(sayings.slice(2)));
  expect(await wise.run('save', 'wise', '--from', path)).toMatchObject({ code: 0 });
  expect((await wise.run('check')).stdout).toContain('wise  1 quote\n');
  const empty = wise.writePage('empty.html', '<p>Nothing.</p>');
  const { code, stderr } = await wise.run('save', 'wise', '--from', empty);
  expect(code).toBe(1);
  expect(stderr).toContain("isn't saved");
  expect((await wise.run('check')).stdout).toContain('wise  1 quote\n');
});
