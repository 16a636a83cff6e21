import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { SERVICE_OPTIONS } from '@quotewire/testing';
import { pinned } from '../pinning.ts';
import type { Contents } from './pages.ts';

/** The output of a scraper. */
export interface ScrapeReport extends Contents {
  readonly pages: number;
  /** The user and system time of all its threads, from its first request to its last quote. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

interface Scraper {
  /** Its name in tables. */
  readonly title: string;
  command(origin: string, pages: number): string[];
  /** Returns why it can't run on this machine, or undefined. */
  missing?(): string | undefined;
}

/** Where `npm start` keeps compiled code too, so that all rounds but the first find it. */
const COMPILE_CACHE = join(import.meta.dirname, '../../node_modules/.cache/compile');

const here = (file: string) => join(import.meta.dirname, file);

/** All scrapers to measure, by name; the first is ours. */
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

/** Returns the installed version of Scrapy, or undefined. */
export function scrapyVersion(): string | undefined {
  const { stdout, error } = spawnSync('scrapy', ['version'], { encoding: 'utf8' });
  return error === undefined ? stdout.trim() : undefined;
}

/** Runs a scraper on this many pages of the bench's site, on the first core; resolves with its output. */
export async function runScraper(
  name: ScraperName,
  { origin, pages }: { origin: string; pages: number },
): Promise<ScrapeReport> {
  return runOnFirstCore<ScrapeReport>(scrapers[name].command(origin, pages));
}

/** The event-loop delay while hostile pages are read. */
export interface HostileReport {
  readonly pages: number;
  /** The pages that were refused or timed out; the others were read. */
  readonly failed: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly peakRssBytes: number;
}

/** Lets the scraper's threads read hostile pages; resolves with the event-loop delay. */
export async function runHostilePages(): Promise<HostileReport> {
  return runOnFirstCore<HostileReport>([
    process.execPath,
    ...SERVICE_OPTIONS,
    here('hostile-pages.ts'),
  ]);
}

async function runOnFirstCore<Report>(commandLine: readonly string[]): Promise<Report> {
  const [file = '', ...args] = pinned('server', commandLine);
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  const stop = () => child.kill('SIGKILL');
  // exits with this process
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
