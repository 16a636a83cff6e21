import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExtractedPage, Page } from '@quotewire/extract';
import { extractQuotes } from '@quotewire/extract/extract-quotes';
import { parseSource } from '@quotewire/sources';
import { toscrapeSource } from '@quotewire/testing/write-sources';
import { afterAll, expect, it } from 'vitest';
import { differencesOf, loadSavedPage, savePage } from '../src/saved-page.ts';
import { pageOf, type Saying, sayings } from './support/wise-site.ts';

const folder = mkdtempSync(join(tmpdir(), 'quotewire-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const url = 'https://wise.example/';
const config = { path: 'test', sampleSiteUrl: url };
const source = parseSource(toscrapeSource({ name: 'wise', url }), config);

function extracted(quotes: readonly Saying[], options: { next?: string } = { next: '/page/2/' }) {
  const body = Buffer.from(pageOf(quotes, options));
  const page: Page = { url, contentType: 'text/html; charset=utf-8', body };
  const scrapedAt = '2026-01-01T00:00:00.000Z';
  return { page, extracted: extractQuotes(page, { source, scrapedAt }) };
}

async function differences(found: ExtractedPage): Promise<string[]> {
  await savePage(extracted(sayings), { folder, name: 'wise' });
  const saved = await loadSavedPage({ folder, name: 'wise' });
  if (saved === undefined) throw new Error('nothing is saved');
  return differencesOf(saved.expectation, found);
}

const [first, second, third] = sayings;

it.for([
  ['nothing in the same', extracted(sayings), []],
  ['nothing in other tags', extracted([{ ...first, tags: ['old'] }, second, third]), []],
  ['the number', extracted([first, second]), ['2 quotes where 3 were found']],
  [
    'what is at both ends',
    extracted([third, second, first]),
    ['as many quotes but others, such as the first and the last'],
  ],
  [
    'what is in the middle',
    extracted([first, { ...second, author: 'Chilon' }, third]),
    ['as many quotes but others, such as some in the middle'],
  ],
  [
    'the next page',
    extracted(sayings, {}),
    ['the next page is none where it was https://wise.example/page/2/'],
  ],
] as const)('distinguishes %s', async ([, found, wanted]) => {
  expect(await differences(found.extracted)).toEqual(wanted);
});

it.for([
  ['text/html', 'kept.html'],
  ['application/xhtml+xml', 'kept.html'],
  ['application/rss+xml; charset=utf-8', 'kept.xml'],
  ['application/json', 'kept.json'],
] as const)('keeps the bytes and the type of a page of %s', async ([contentType, file]) => {
  const { page, extracted: found } = extracted(sayings);
  const saved = { page: { ...page, contentType }, extracted: found };
  expect(await savePage(saved, { folder, name: 'kept' })).toBe(join(folder, file));
  expect(await loadSavedPage({ folder, name: 'kept' })).toMatchObject({ page: saved.page });
});

it('has no saved page of a source that was never saved', async () => {
  expect(await loadSavedPage({ folder, name: 'never' })).toBeUndefined();
});
