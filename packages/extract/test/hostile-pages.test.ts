import { setImmediate } from 'node:timers/promises';
import type { Source } from '@quotewire/sources';
import { afterEach, expect, it } from 'vitest';
import { createExtractor, type Extractor } from '../src/worker-pool.ts';
import { ExtractError } from '../src/extract-error.ts';

const source = {
  name: 'example',
  enabled: true,
  url: 'https://example.org/',
  item: 'p',
  fields: { text: ':scope' },
  maxPages: 20,
} satisfies Source;
const scrapedAt = '2026-01-01T00:00:00.000Z';
const pageOf = (html: string) => ({
  url: 'https://example.org/',
  contentType: 'text/html; charset=utf-8',
  body: Buffer.from(html),
});
const good = pageOf('<p>One</p><p>Two</p>');

const open = new Set<Extractor>();
function create(options: Parameters<typeof createExtractor>[0] = {}): Extractor {
  const extractor = createExtractor(options);
  open.add(extractor);
  return extractor;
}
afterEach(async () => {
  await Promise.all([...open].map((extractor) => extractor.close()));
  open.clear();
});

/** The texts on a page, or why it failed. */
async function read(extractor: Extractor, html: string, settings: object = {}): Promise<unknown> {
  try {
    const options = { source: { ...source, ...settings }, scrapedAt };
    const { quotes } = await extractor.extract(pageOf(html), options);
    return quotes.map(({ text }) => text);
  } catch (error) {
    if (error instanceof ExtractError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

const nested = '<div>'.repeat(50_000);
const attributes = Array.from({ length: 50_000 }, (_, index) => ` a${index}=""`).join('');
const paragraphs = '<p><i>One</i></p>'.repeat(20_000);

it.for([
  ['50,000 nested elements', nested, {}, 'too-deep: https://example.org/ nests elements'],
  ['closing tags between nested elements', '<div></b>'.repeat(50_000), {}, 'too-deep: '],
  ['30,000 nested elements that are void to some', '<command>'.repeat(30_000), {}, 'too-deep: '],
  [
    'JSON nested 20,000 deep',
    `{"t":${'['.repeat(20_000)}"a"${']'.repeat(20_000)}}`,
    { kind: 'json', item: '.', fields: { text: 't' } },
    "unreadable: https://example.org/ can't be parsed: Maximum call stack size exceeded",
  ],
  [
    'deep HTML within JSON',
    JSON.stringify([{ t: '<i>'.repeat(50_000) }]),
    { kind: 'json', item: '.', fields: { text: { path: 't', html: true } } },
    'too-deep: a value that is HTML nests elements',
  ],
  [
    'deep HTML within a feed',
    `<rss><item><title><![CDATA[${'<i>'.repeat(50_000)}]]></title></item></rss>`,
    { kind: 'feed', item: 'item', fields: undefined },
    'too-deep: a value that is HTML nests elements',
  ],
  [
    '50,000 attributes on a tag',
    `<p${attributes}>One</p>`,
    {},
    'too-deep: https://example.org/ has a tag',
  ],
  [
    'a selector that explodes',
    paragraphs,
    { item: 'p:has(~ p:has(~ p:has(~ p:has(b))))' },
    'timed-out: https://example.org/ took longer than 4000 ms to parse: check the selectors, the patterns and the url of source "example"',
  ],
  [
    'a pattern that explodes',
    `<p>${'a'.repeat(60)}!</p>`,
    { fields: { text: { selector: ':scope', pattern: '^(?<text>(a+)+)$' } } },
    'timed-out: ',
  ],
] as const)('fails only one page for %s', async ([, html, settings, message]) => {
  const extractor = create({ timeoutMs: 4_000 });
  expect(await read(extractor, html, settings)).toContain(message);
  expect(await read(extractor, '<p>One</p>')).toEqual(['One']);
});

it('survives a page that takes too much memory', async () => {
  const extractor = create({ maxHeapMb: 48, timeoutMs: 50_000 });
  const answer = await read(extractor, '<p>a</p>'.repeat(400_000));
  expect(answer).toContain('out-of-memory: https://example.org/ took more than 48 MB to parse');
  expect(await read(extractor, '<p>One</p>')).toEqual(['One']);
});

it('reports an unexpected error as unreadable', async () => {
  const extractor = create();
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const settings = { ...source, kind: 'json' as const, fields: { text: '.' } };
  await expect(
    extractor.extract(pageOf(deep), { source: settings, scrapedAt }),
  ).rejects.toMatchObject({ isTemporary: false });
});

it('does not block the main thread', async () => {
  const extractor = create({ timeoutMs: 1_000 });
  const answers: unknown[] = [];
  const slow = read(extractor, paragraphs, { item: 'p:has(~ p:has(~ p:has(b)))' });
  void slow.then((answer) => answers.push(answer));
  let turns = 0;
  for (; answers.length === 0; turns += 1) await setImmediate();
  expect(answers).toEqual([expect.stringContaining('timed-out')]);
  expect(turns).toBeGreaterThan(1_000);
});

it('extracts queued pages after one fails', async () => {
  const extractor = create({ timeoutMs: 1_000, size: 1 });
  const pattern = { fields: { text: { selector: ':scope', pattern: '^(?<text>(a+)+)$' } } };
  const answers = await Promise.all([
    read(extractor, '<p>One</p>'),
    read(extractor, `<p>${'a'.repeat(60)}!</p>`, pattern),
    read(extractor, '<p>Two</p>'),
    read(extractor, '<p>aaa</p>', pattern),
  ]);
  expect(answers).toEqual([['One'], expect.stringContaining('timed-out'), ['Two'], ['aaa']]);
});

it('extracts large pages one at a time, and others concurrently', async () => {
  let workers = 0;
  const countWorker = () => {
    workers += 1;
  };
  process.on('worker', countWorker);
  const extractor = create({ size: 2 });
  const large = `<p>One</p>${' '.repeat(300_000)}`;
  expect(await Promise.all([read(extractor, large), read(extractor, large)])).toEqual([
    ['One'],
    ['One'],
  ]);
  expect(workers).toBe(1);
  const small = read(extractor, '<p>Two</p>');
  expect(await Promise.all([read(extractor, large), small])).toEqual([['One'], ['Two']]);
  expect(workers).toBe(2);
  process.off('worker', countWorker);
});

it('returns the same result in a worker as without one', async () => {
  const extractor = create({ size: 2 });
  const notJson = { ...source, kind: 'json' as const };
  await expect(extractor.extract(good, { source: notJson, scrapedAt })).rejects.toMatchObject({
    code: 'not-json',
    message: expect.stringContaining("check the source's url and kind"),
  });
});

it("leaves the caller's buffer usable", async () => {
  const pool = Buffer.from('<p>One</p><p>Two</p>');
  const body = pool.subarray(0, 10);
  const extractor = create();
  const { quotes } = await extractor.extract({ ...good, body }, { source, scrapedAt });
  expect(quotes.map(({ text }) => text)).toEqual(['One']);
  expect(body.toString()).toBe('<p>One</p>');
});

it('finishes the pages in progress on close, and refuses later ones', async () => {
  const extractor = create();
  const first = extractor.extract(good, { source, scrapedAt });
  const second = extractor.extract(good, { source, scrapedAt });
  await Promise.all([extractor.close(), extractor.close()]);
  expect((await first).quotes).toHaveLength(2);
  expect((await second).quotes).toHaveLength(2);
  await expect(extractor.extract(good, { source, scrapedAt })).rejects.toMatchObject({
    code: 'closed',
  });
});
