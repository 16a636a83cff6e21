import { type Spread, spreadOf } from '../figures.ts';
import { contentsOf } from '../scrape/pages.ts';
import {
  type HostileReport,
  runHostilePages,
  runScraper,
  type ScraperName,
  type ScrapeReport,
} from '../scrape/scrapers.ts';
import { servePages } from '../scrape/serve-pages.ts';

export interface ScrapePartOptions {
  /** The scrapers to measure; the others are compared with the first. */
  names: readonly ScraperName[];
  /** The number of pages that each reads in each round. */
  pages: number;
  rounds: number;
  onProgress?: (line: string) => void;
}

/** The figures of one scraper. */
export interface ScrapeFigures {
  readonly name: ScraperName;
  readonly reports: readonly ScrapeReport[];
  readonly pagesPerCpuSecond: Spread;
  readonly peakRssBytes: Spread;
  /** The pages a CPU second of the first scraper divided by those of this one, for each round. */
  readonly ratio: Spread;
}

/** Lets each scraper read the same site in turn over loopback, from fetching to validated quotes; nothing is published. */
export async function measureScraping({
  names,
  pages,
  rounds,
  onProgress = () => {},
}: ScrapePartOptions): Promise<ScrapeFigures[]> {
  const site = await servePages(pages);
  const reports = new Map(names.map((name) => [name, [] as ScrapeReport[]]));
  try {
    for (let round = 1; round <= rounds; round += 1) {
      // rotated, so that no scraper always follows the same one
      for (const name of round % 2 === 1 ? names : names.toReversed()) {
        onProgress(`${name}: ${pages} pages, round ${round} of ${rounds}`);
        const report = await runScraper(name, { origin: site.origin, pages });
        assertExact(name, { report, pages });
        reports.get(name)?.push(report);
      }
    }
  } finally {
    await site.close();
  }
  const [base = []] = reports.values();
  return [...reports].map(([name, own]) => ({
    name,
    reports: own,
    pagesPerCpuSecond: spreadOf(own.map(rateOf)),
    peakRssBytes: spreadOf(own.map(({ peakRssBytes }) => peakRssBytes)),
    ratio: spreadOf(base.map((report, round) => rateOf(report) / rateOf(own[round]))),
  }));
}

/** Measures the event-loop delay of the scraper while its threads read hostile pages, for each round. */
export async function measureHostilePages(rounds: number): Promise<HostileReport[]> {
  const reports: HostileReport[] = [];
  for (let round = 0; round < rounds; round += 1) reports.push(await runHostilePages());
  return reports;
}

function assertExact(
  name: ScraperName,
  { report, pages }: { report: ScrapeReport; pages: number },
): void {
  const found = [report.pages, report.quotes, report.characters].join();
  const { quotes, characters } = contentsOf(pages);
  const expected = [pages, quotes, characters].join();
  if (found !== expected) {
    throw new Error(`${name} found ${found} pages, quotes, characters instead of ${expected}`);
  }
}

function rateOf(report: ScrapeReport | undefined): number {
  return report === undefined ? Number.NaN : report.pages / report.cpuSeconds;
}
