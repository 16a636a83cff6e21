import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { SERVICE_OPTIONS } from '@quotewire/testing';
import { pinned } from '../pinning.ts';
import type { Contents } from './pages.ts';

/** What a scraper says when it's done. */
export interface ScrapeReport extends Contents {
  readonly pages: number;
  /** User and system time of all its threads, from its first request to its last quote. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

interface Scraper {
  /** What readers call it. */
  readonly title: string;
  command(origin: string, pages: number): string[];
  /** Why it can't take part on this machine, if so. */
  missing?(): string | undefined;
}

const here = (file: string) => join(import.meta.dirname, file);

/** All that are measured, by name; the first is ours. */
export const scrapers = {
  quotewire: {
    title: 'Quotewire',
    command: (origin, pages) => [
      process.execPath,
      ...SERVICE_OPTIONS,
      here('quotewire.ts'),
      origin,
      String(pages),
    ],
  },
  scrapy: {
    title: 'Scrapy',
    command: (origin, pages) => [
      'scrapy',
      'runspider',
      here('quotes_spider.py'),
      '-a',
      `origin=${origin}`,
      '-a',
      `pages=${pages}`,
    ],
    missing: () =>
      scrapyVersion() === undefined
        ? 'Scrapy is not installed: apt-get install python3-scrapy'
        : undefined,
  },
} as const satisfies Record<string, Scraper>;

export type ScraperName = keyof typeof scrapers;

/** The version of Scrapy that's on this machine, if any. */
export function scrapyVersion(): string | undefined {
  const { stdout, error } = spawnSync('scrapy', ['version'], { encoding: 'utf8' });
  return error === undefined ? stdout.trim() : undefined;
}

/** Has a scraper read this many pages of the bench's site, on the first core, and resolves with what it says. */
export async function runScraper(
  name: ScraperName,
  { origin, pages }: { origin: string; pages: number },
): Promise<ScrapeReport> {
  return runOnFirstCore<ScrapeReport>(scrapers[name].command(origin, pages));
}

/** How late the event loop is while pages are read that are made to take long. */
export interface HostileReport {
  readonly pages: number;
  /** Refused or given up; the others were read. */
  readonly failed: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly peakRssBytes: number;
}

/** Has the scraper's threads read hostile pages, and resolves with how late its event loop was. */
export async function runHostilePages(): Promise<HostileReport> {
  return runOnFirstCore<HostileReport>([
    process.execPath,
    ...SERVICE_OPTIONS,
    here('hostile-pages.ts'),
  ]);
}

async function runOnFirstCore<Report>(commandLine: readonly string[]): Promise<Report> {
  const [file = '', ...args] = pinned('server', commandLine);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => child.kill('SIGKILL');
  // nothing outlives this process
  process.once('exit', stop);
  let [printed, complaints] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-4_000);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  process.off('exit', stop);
  if (code !== 0) {
    throw new Error(`${commandLine.join(' ')} ended with exit code ${code}:\n${complaints}`);
  }
  return JSON.parse(printed) as Report;
}
