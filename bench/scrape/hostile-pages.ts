// Measures the event-loop delay while the scraper's threads read hostile pages: node bench/scrape/hostile-pages.ts
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createExtractor } from '@quotewire/extract';
import { parseSources, type Source } from '@quotewire/sources';
import { pageOf } from './pages.ts';
import type { HostileReport } from './scrapers.ts';

const ROUNDS = 3;
/** As many as a scraper has by default. */
const THREADS = 2;
const RESOLUTION_MS = 1;

const [plain, explosive] = parseSources(
  JSON.stringify({
    sources: [
      { name: 'plain', item: 'div.quote', fields: { text: 'span.text' } },
      {
        name: 'explosive',
        item: 'p:has(~ p:has(~ p:has(~ p:has(b))))',
        fields: { text: ':scope' },
      },
    ].map((source) => ({ ...source, url: 'http://127.0.0.1/' })),
  }),
  { path: 'the bench', sampleSiteUrl: 'http://127.0.0.1' },
) as [Source, Source];

const attributes = Array.from({ length: 50_000 }, (_, index) => ` a${index}=""`).join('');
const pages: [source: Source, html: string][] = [
  [plain, '<div>'.repeat(100_000)],
  [plain, `<p${attributes}>One</p>`],
  [plain, '<b><p>'.repeat(450)],
  [plain, '<table><tr><td>'.repeat(300)],
  // the maximum size of a page
  [plain, Array.from({ length: 180 }, (_, page) => pageOf(page)).join('')],
  [explosive, '<p><i>One</i></p>'.repeat(20_000)],
];

const extractor = createExtractor({ size: THREADS, timeoutMs: 2_000 });
const read = (source: Source, html: string) =>
  extractor.extract(
    {
      url: source.url,
      contentType: 'text/html; charset=utf-8',
      body: Buffer.from(html),
    },
    { source, scrapedAt: new Date().toISOString() },
  );
// starts the threads before the measurement
await Promise.all(Array.from({ length: THREADS }, () => read(plain, pageOf(0))));

let failed = 0;

/** Reads all pages, beginning with another one in each thread. */
async function readAll(thread: number): Promise<void> {
  const first = Math.floor((thread * pages.length) / THREADS);
  for (const [source, html] of [...pages.slice(first), ...pages.slice(0, first)]) {
    try {
      await read(source, html);
    } catch (error) {
      if ((error as Error).name !== 'ExtractError') throw error;
      failed += 1;
    }
  }
}

const late = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
late.enable();
for (let round = 0; round < ROUNDS; round += 1) {
  await Promise.all(Array.from({ length: THREADS }, (_, thread) => readAll(thread)));
}
late.disable();
await extractor.close();
const report: HostileReport = {
  pages: ROUNDS * THREADS * pages.length,
  failed,
  p99Ms: late.percentile(99) / 1e6,
  maxMs: late.max / 1e6,
  peakRssBytes: process.resourceUsage().maxRSS * 1_024,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
