// Reads a site as the scraper does: node bench/scrape/quotewire.ts <origin> <pages>
import { createMemoryBus } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { createExtractor } from '@quotewire/extract';
import { Downloader } from '@quotewire/fetch';
import { parseSources, type Source } from '@quotewire/sources';
import { quietLogger } from '../bench-log.ts';
import type { ScrapeReport } from './scrapers.ts';

/** The number of concurrent jobs of a scraper. */
const CONCURRENCY = 5;

const [origin = '', pageCount] = process.argv.slice(2);
const [source] = parseSources(
  JSON.stringify({
    sources: [
      {
        name: 'bench',
        url: `${origin}/page/0/`,
        politeness: { obeyRobots: false, minDelaySeconds: 0 },
        item: 'div.quote',
        fields: { text: 'span.text', author: 'small.author', tags: 'div.tags a.tag' },
        next: 'li.next > a',
      },
    ],
  }),
  { path: 'the bench', sampleSiteUrl: origin },
) as [Source];

const bus = createMemoryBus({ name: 'bench', topology: topologyOf(), logger: quietLogger });
const downloader = new Downloader({
  bus,
  limits: { maxWireBytes: 1024 * 1024, maxDecodedBytes: 2 * 1024 * 1024, timeoutMs: 20_000 },
  userAgent: 'Quotewire/0.1 (+https://quotewire.example/bench)',
  privateHosts: new Set([new URL(origin).host]),
  count: () => {},
});
const extractor = createExtractor();
const urls = Array.from({ length: Number(pageCount) }, (_, page) => `${origin}/page/${page}/`);
const report = { pages: 0, quotes: 0, characters: 0 };

async function scrapeAll(): Promise<void> {
  for (let url = urls.pop(); url !== undefined; url = urls.pop()) {
    const page = await downloader.fetch(url, { source });
    if (page === undefined) throw new Error(`${url} answered 304 to an unconditional request`);
    const scrapedAt = new Date().toISOString();
    const { quotes } = await extractor.extract(page, { source, scrapedAt });
    report.pages += 1;
    report.quotes += quotes.length;
    for (const { text, author, tags } of quotes) {
      report.characters += text.length + author.length + tags.join('').length;
    }
  }
}

const before = process.cpuUsage();
await Promise.all(Array.from({ length: CONCURRENCY }, scrapeAll));
const { user, system } = process.cpuUsage(before);
const finished: ScrapeReport = {
  ...report,
  cpuSeconds: (user + system) / 1e6,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(`${JSON.stringify(finished)}\n`);
await downloader.close();
await extractor.close();
await bus.close();
