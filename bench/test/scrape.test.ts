import { expect, it } from 'vitest';
import { parseOptions } from '../options.ts';
import { measureScraping } from '../benchmarks/scrape.ts';
import { contentsOf, QUOTES_PER_PAGE } from '../scrape/pages.ts';
import { type ScraperName, scrapers } from '../scrape/scrapers.ts';

const PAGES = 3;

const names: ScraperName[] = ['quotewire'];
const scrapy = scrapers.scrapy.missing();
if (scrapy === undefined) names.push('scrapy');
else process.stderr.write(`SKIPPED: Scrapy in the bench. ${scrapy}.\n`);

it('verifies that each scraper finds every quote of every page exactly', async () => {
  const figures = await measureScraping({ names, pages: PAGES, rounds: 2 });
  const { characters } = contentsOf(PAGES);
  const found = { pages: PAGES, quotes: PAGES * QUOTES_PER_PAGE, characters };
  expect(figures).toMatchObject(names.map((name) => ({ name, reports: [found, found] })));
  for (const { reports } of figures) {
    for (const { cpuSeconds, peakRssBytes } of reports) {
      expect(cpuSeconds).toBeGreaterThan(0);
      expect(peakRssBytes).toBeGreaterThan(0);
    }
  }
});

it('measures scraping when requested', () => {
  const options = parseOptions(['--part', 'scrape', '--pages', '10', '--scrape-rounds', '1']);
  expect(options).toMatchObject({ parts: ['scrape'], pages: 10, scrapeRounds: 1 });
});
