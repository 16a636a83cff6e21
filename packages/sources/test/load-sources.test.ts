import { expect, it } from 'vitest';
import { loadSources, parseSources } from '../src/load-sources.ts';
import { intervalSecondsOf } from '../src/source.ts';

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

it('takes five lines of JSON for a source', () => {
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

it('finds the sample site wherever it runs, which may be asked as often as one likes', () => {
  const [source] = parse({ ...example, url: '{SAMPLE_SITE_URL}/page/1/', intervalSeconds: 2 });
  expect(source?.url).toBe('http://10.0.0.7:8080/page/1/');
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
    '/sources/0 must not have additional properties',
  ],
  ['a name with spaces', { ...example, name: 'My site' }, '/sources/0/name must match'],
  [
    'an address that is none',
    { ...example, url: 'http://' },
    '/sources/0/url "http://" is not a URL',
  ],
  ['another protocol', { ...example, url: 'ftp://example.org' }, '/sources/0/url must match'],
  [
    'too short an interval',
    { ...example, intervalSeconds: 5 },
    '/sources/0/intervalSeconds is 5: at least 60',
  ],
])('names the file and the place of %s', ([, source, message]) => {
  expect(() => parse(source as object)).toThrow(`sources.json: ${message as string}`);
});

it('refuses two sources of the same name', () => {
  expect(() => parse(example, example)).toThrow('/sources/1/name "example" is taken');
});

it('says what is wrong with a file that is no JSON, or not there', async () => {
  expect(() => parseSources('{', { path: 'my.json', sampleSiteUrl: '' })).toThrow(
    'my.json: is not JSON',
  );
  const missing = loadSources({ path: 'nowhere.json', sampleSiteUrl: '' });
  await expect(missing).rejects.toThrow("nowhere.json can't be read: set SOURCES_FILE");
});

it("asks other people's sites once a minute at most, whatever the timer says", () => {
  const [source] = parse(example);
  const [own] = parse({ ...example, url: 'http://127.0.0.1:9000/' });
  if (source === undefined || own === undefined) throw new Error('no source');
  expect(intervalSecondsOf(source, 1)).toBe(60);
  expect(intervalSecondsOf(source, 600)).toBe(600);
  expect(intervalSecondsOf(own, 1)).toBe(1);
});
