import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const folders: string[] = [];

// runs at the end of each test file that imports this one
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Writes a file of sources that lasts as long as the test file, and returns its path. */
export function writeSources(sources: readonly object[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'quotewire-test-'));
  folders.push(folder);
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
