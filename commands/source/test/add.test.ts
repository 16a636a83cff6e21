import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, it } from 'vitest';
import { serveWiseSite, type WiseSite } from './support/wise-site.ts';

let wise: WiseSite;

beforeEach(async () => {
  wise = await serveWiseSite();
});

const fileText = () => readFileSync(wise.sourcesFile, 'utf8');

it('appends the proposal to the sources, and leaves their text unchanged', async () => {
  const before =
    '{\n  "sources": [\n    { "name": "a", "url": "https://a.example/",\n      "item": "p", "fields": {"text": ":scope"} }\n  ]\n}\n';
  writeFileSync(wise.sourcesFile, before);
  const { code, stdout, stderr } = await wise.run(
    'add',
    `${wise.url}/`,
    '--name',
    'added',
    '--yes',
  );
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('wrote "added"'),
  });
  expect(stdout).toContain('3 quotes would be published');
  const text = fileText();
  expect(text.startsWith(before.slice(0, before.indexOf('\n  ]')))).toBe(true);
  expect(text).toContain('    {\n      "name": "added",\n');
  expect(await wise.run('try', 'added')).toMatchObject({ code: 0 });
});

it('writes into an empty list', async () => {
  writeFileSync(wise.sourcesFile, '{ "sources": [] }');
  await wise.run('add', `${wise.url}/`, '--name', 'first', '--yes');
  expect(JSON.parse(fileText())).toMatchObject({
    sources: [{ name: 'first', item: 'div.quote' }],
  });
});

it('refuses a name that is taken, before any request', async () => {
  const before = fileText();
  const requests = wise.requests.length;
  const { code, stderr } = await wise.run('add', `${wise.url}/`, '--name', 'wise', '--yes');
  expect(code).toBe(1);
  expect(stderr).toContain('has a source "wise" already: choose another name');
  expect(fileText()).toBe(before);
  expect(wise.requests).toHaveLength(requests);
});

it('only prints the proposal with --json', async () => {
  const before = fileText();
  const { code, stdout } = await wise.run('add', `${wise.url}/`, '--name', 'shown', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    entry: { name: 'shown', item: 'div.quote' },
    notes: [],
  });
  expect(fileText()).toBe(before);
});

it('names the source after its host, and reads a feed from a file', async () => {
  const feed =
    '<rss version="2.0"><channel><item><title>Less is more.</title></item></channel></rss>';
  const path = wise.writePage('feed.xml', feed);
  const { stdout } = await wise.run(
    'add',
    path,
    '--base-url',
    'https://www.example.org/feed',
    '--json',
  );
  expect(JSON.parse(stdout)).toMatchObject({
    entry: { name: 'example-org', url: 'https://www.example.org/feed', kind: 'feed' },
    notes: [expect.stringContaining('no author')],
    quotes: [{ text: 'Less is more.' }],
  });
});
