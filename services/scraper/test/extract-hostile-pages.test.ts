import { setImmediate } from 'node:timers/promises';
import type { Source } from '@quotewire/sources';
import { afterEach, expect, it } from 'vitest';
import { createExtractor, type Extractor } from '../src/extract/create-extractor.ts';
import { ExtractError } from '../src/extract/extract-error.ts';

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
    'timed-out: https://example.org/ took longer than 1000 ms to read: look at the selectors and patterns of source "example"',
  ],
  [
    'a pattern that explodes',
    `<p>${'a'.repeat(60)}!</p>`,
    { fields: { text: { selector: ':scope', pattern: '^(?<text>(a+)+)$' } } },
    'timed-out: ',
  ],
] as const)('lets %s cost that page only', async ([, html, settings, message]) => {
  const extractor = create({ timeoutMs: 1_000 });
  expect(await read(extractor, html, settings)).toContain(message);
  expect(await read(extractor, '<p>One</p>')).toEqual(['One']);
});

it('lets a page that takes too much memory cost itself only', async () => {
  const extractor = create({ maxHeapMb: 48, timeoutMs: 15_000 });
  const answer = await read(extractor, '<p>a</p>'.repeat(400_000));
  expect(answer).toContain('out-of-memory: https://example.org/ took more than 48 MB to read');
  expect(await read(extractor, '<p>One</p>')).toEqual(['One']);
});

it('answers others while a page is being read', async () => {
  const extractor = create({ timeoutMs: 1_000 });
  const answers: unknown[] = [];
  const slow = read(extractor, paragraphs, { item: 'p:has(~ p:has(~ p:has(b)))' });
  void slow.then((answer) => answers.push(answer));
  let turns = 0;
  for (; answers.length === 0; turns += 1) await setImmediate();
  expect(answers).toEqual([expect.stringContaining('timed-out')]);
  expect(turns).toBeGreaterThan(1_000);
});

it('reads the pages that wait behind one that fails', async () => {
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

it('says the same in a thread as without one', async () => {
  const extractor = create({ size: 2 });
  const notJson = { ...source, kind: 'json' as const };
  await expect(extractor.extract(good, { source: notJson, scrapedAt })).rejects.toMatchObject({
    code: 'not-json',
    message: expect.stringContaining("check the source's url and kind"),
  });
});

it("leaves the page's bytes to its owner", async () => {
  const pool = Buffer.from('<p>One</p><p>Two</p>');
  const body = pool.subarray(0, 10);
  const extractor = create();
  const { quotes } = await extractor.extract({ ...good, body }, { source, scrapedAt });
  expect(quotes.map(({ text }) => text)).toEqual(['One']);
  expect(body.toString()).toBe('<p>One</p>');
});

it('finishes the pages in hand when it closes, and refuses later ones', async () => {
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
