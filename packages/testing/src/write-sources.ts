import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atFileEnd } from './file-end.ts';

/** Writes a file of sources that lasts as long as the test file, and returns its path. */
export function writeSources(sources: readonly object[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'quotewire-test-'));
  atFileEnd(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'sources.json');
  writeFileSync(path, JSON.stringify({ sources }));
  return path;
}

/** A source with the markup of quotes.toscrape.com. */
export function toscrapeSource(settings: {
  name: string;
  url: string;
  intervalSeconds?: number;
}): object {
  return {
    intervalSeconds: 3_600,
    item: 'div.quote',
    fields: { text: 'span.text', author: 'small.author', tags: 'div.tags a.tag' },
    next: 'li.next > a',
    ...settings,
  };
}
