import { expect, it } from 'vitest';
import { loadSources, parseSources } from '../src/load-sources.ts';
import { sourcesConfigOf } from '../src/settings.ts';

const example = {
  name: 'example',
  url: 'https://example.org/quotes',
  item: 'blockquote',
  fields: { text: 'p' },
};
const parse = (...sources: object[]) =>
  parseSources(JSON.stringify({ sources }), {
    path: 'sources.json',
    sampleSiteUrl: 'http://10.0.0.7:8080/',
  });

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

it('accepts a source of five lines', () => {
  expect(parse(example)).toEqual([{ ...example, enabled: true, maxPages: 20 }]);
});

it("loads the project's own file", async () => {
  const sources = await loadSources({
    path: 'sources.json',
    sampleSiteUrl: 'http://127.0.0.1:8080',
  });
  expect(sources.map(({ name, enabled }) => ({ name, enabled }))).toEqual([
    { name: 'sample-site', enabled: true },
    { name: 'quotes-to-scrape', enabled: false },
    { name: 'stoic-quotes', enabled: false },
  ]);
});

it("resolves the sample site's address, and allows any interval for it", () => {
  const [source] = parse({ ...example, url: '{SAMPLE_SITE_URL}/page/1/', intervalSeconds: 2 });
  expect(source?.url).toBe('http://10.0.0.7:8080/page/1/');
});

it('disables what is on the sample site where there is none', () => {
  const where = { path: 'sources.json', sampleSiteUrl: 'http://127.0.0.1:8080' };
  const onSampleSite = { ...example, url: '{SAMPLE_SITE_URL}/' };
  const text = JSON.stringify({ sources: [onSampleSite, { ...example, name: 'other' }] });
  const sources = parseSources(text, { ...where, lacksSampleSite: true });
  expect(sources.map(({ enabled }) => enabled)).toEqual([false, true]);
});

it.each([
  [{}, {}, undefined],
  [{}, { PORT: '5000' }, true],
  [{ SAMPLE_SITE_URL: 'https://s.example' }, { PORT: '5000' }, undefined],
])('with settings %j in %j: lacksSampleSite is %s', (settings, env, lacks) => {
  const config = sourcesConfigOf({ SOURCES_FILE: 'sources.json', ...settings }, env);
  expect(config.lacksSampleSite).toBe(lacks);
});

it.for([
  [
    'a field that is missing',
    { ...example, item: undefined },
    '/sources/0 must have required properties item',
  ],
  [
    'a field that is unknown',
    { ...example, itme: 'p' },
    '/sources/0/itme is unknown: a source of kind html has name,',
  ],
  ['a name with spaces', { ...example, name: 'My site' }, '/sources/0/name must match'],
  [
    'an address that is none',
    { ...example, url: 'http://' },
    '/sources/0/url "http://" is not a URL',
  ],
  [
    'a password in the address',
    { ...example, url: 'https://me:secret@example.org/' },
    '/sources/0/url has a user or a password, which every quote would publish: leave them out',
  ],
  ['another protocol', { ...example, url: 'ftp://example.org' }, '/sources/0/url must match'],
  [
    'too short an interval',
    { ...example, intervalSeconds: 5 },
    '/sources/0/intervalSeconds is 5: at least 60',
  ],
  [
    'a kind that is unknown',
    { ...example, kind: 'xml' },
    '/sources/0/kind is "xml": one of html, feed, json, script',
  ],
  [
    'what belongs to another kind',
    { ...example, variable: 'quotes' },
    '/sources/0/variable is for kind script, and this source is html',
  ],
  [
    'a field that is unknown in a feed',
    { name: 'example', url: 'https://example.org/', kind: 'feed', fields: { autor: 'creator' } },
    '/sources/0/fields/autor is unknown: remove it, or look for its name in sources.schema.json',
  ],
  [
    'a path on a page',
    { ...example, fields: { text: { path: 'text' } } },
    '/sources/0/fields/text/path is for kinds json and script, and this one takes a selector',
  ],
  [
    'a selector in JSON',
    { ...example, kind: 'json', fields: { text: { selector: 'p' } } },
    '/sources/0/fields/text/selector is for kinds html and feed, and this one takes a path',
  ],
  [
    'a field of another type',
    { ...example, fields: { text: 3 } },
    '/sources/0/fields/text must be text or an object',
  ],
  [
    'a setting of a field that is too short',
    { ...example, fields: { text: { selector: '' } } },
    '/sources/0/fields/text/selector must not have fewer than 1 characters',
  ],
  [
    'a field without a selector',
    { ...example, fields: { text: 'p', author: { all: true } } },
    '/sources/0/fields/author has no selector: add a selector, or a default',
  ],
  [
    'a selector that does not compile',
    { ...example, fields: { text: { selector: ['p', 'p:nth-child('] } } },
    '/sources/0/fields/text/selector/1 "p:nth-child(" can\'t be used, ',
  ],
  [
    'a pseudo-class that does not exist',
    { ...example, item: 'p:frist' },
    '/sources/0/item "p:frist" can\'t be used, ',
  ],
  [
    'a next link that does not compile',
    { ...example, next: { url: '?page={page}', while: 'a[' } },
    '/sources/0/next/while "a[" can\'t be used, ',
  ],
  [
    'numbered pages without a number',
    { ...example, next: { url: '?page=2' } },
    '/sources/0/next/url must match pattern',
  ],
  [
    'a pattern that does not compile',
    { ...example, fields: { text: { selector: 'p', pattern: '(?<text>.*' } } },
    '/sources/0/fields/text/pattern "(?<text>.*" can\'t be used, Invalid regular expression',
  ],
  [
    'a pattern without a group',
    { ...example, fields: { text: { selector: 'p', pattern: '.*' } } },
    "can't be used, it needs a named group, such as (?<text>…): write a regular expression",
  ],
  [
    'a pattern with a strange group',
    { ...example, fields: { text: { selector: 'p', pattern: '(?<who>.*)' } } },
    'its group "who" is none of text, author, tags, title, link, publishedAt, image',
  ],
  [
    'line breaks in a field that has one line',
    { ...example, fields: { text: 'p', title: { selector: 'h2', lines: true } } },
    '/sources/0/fields/title/lines is for text alone: leave it out',
  ],
])('names the file and the place of %s', ([, source, message]) => {
  const lines = messageOf(() => parse(source as object)).split('\n');
  expect(lines).toEqual([expect.stringContaining(message as string)]);
  expect(lines[0]).toMatch(/^sources\.json: \/sources\/0/);
});

it('refuses two sources of the same name', () => {
  expect(() => parse(example, example)).toThrow('/sources/1/name "example" is taken');
});

it('rejects a file that is missing or not JSON', async () => {
  expect(() => parseSources('{', { path: 'my.json', sampleSiteUrl: '' })).toThrow(
    'my.json: is not JSON',
  );
  const missing = loadSources({ path: 'nowhere.json', sampleSiteUrl: '' });
  await expect(missing).rejects.toThrow("nowhere.json can't be read: set SOURCES_FILE");
});

it('reports all problems at once, one per line', () => {
  const lines = messageOf(() =>
    parse({ ...example, item: 'p[', next: 'a[' }, { ...example, mode: 'all', maxPages: 0 }),
  ).split('\n');
  expect(lines).toHaveLength(4);
});

it('refuses a file without a list of sources', () => {
  const read = (text: string) => parseSources(text, { path: 'my.json', sampleSiteUrl: '' });
  expect(() => read('[]')).toThrow('my.json: / must be {"sources": [...]}');
  expect(() => read('{"sources": [], "source": []}')).toThrow('my.json: /source is unknown');
  expect(() => read('{"sources": ["a"]}')).toThrow('my.json: /sources/0 must be object');
});

it.for([
  ['a feed', { kind: 'feed' }],
  ['a feed with its own fields', { kind: 'feed', fields: { text: 'title', author: 'dc|creator' } }],
  ['JSON', { kind: 'json', item: 'results', fields: { text: 'content', author: 'author.name' } }],
  ['JSON of texts alone', { kind: 'json', fields: { text: '.' }, next: 'links.next' }],
  ['JSON in a script', { kind: 'script', variable: 'data', fields: { text: 'text' }, next: 'a' }],
  [
    'numbered pages',
    { item: 'p', fields: { text: 'q' }, next: { url: '/{page}', first: 0, step: 10 } },
  ],
  ['one author', { item: 'p', fields: { text: 'q', author: { default: 'Seneca' } } }],
  [
    'headlines',
    { item: 'article', fields: { text: 'h2', link: 'a', publishedAt: 'time', image: 'img' } },
  ],
  ['poems', { item: 'div', fields: { text: { selector: 'p', lines: true }, title: 'h2' } }],
  ['siblings', { item: 'p', fields: { text: ':scope', author: '+ cite, ~ footer > cite' } }],
] as const)('accepts %s', ([, settings]) => {
  const source = { name: 'example', url: 'https://example.org/', ...settings };
  expect(parse(source)).toEqual([{ ...source, enabled: true, maxPages: 20 }]);
});
