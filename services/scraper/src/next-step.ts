import { hash } from 'node:crypto';
import { isSameSite } from '@quotewire/sources/same-site';
import type { SourceChange } from './source-state.ts';

/** A run's memory of the pages that it has read; each job of the run carries it. */
export interface RunMemory {
  /** The URLs of these pages, as `markOf` encodes them. */
  readonly seen: readonly string[];
  /** The previous page, and its content as `contentMarkOf` encodes it. */
  readonly previous?: { readonly url: string; readonly content: string } | undefined;
  /** Set when the page is read again to compare it with `content`, the next page's; if they differ, the run continues at `nextUrl`. */
  readonly recheck?: { readonly content: string; readonly nextUrl: string } | undefined;
  /** The quotes of the first page, as `frontOf` encodes them. */
  readonly front: string;
  /** Whether one of these pages had a quote of the previous run's first page. */
  readonly isConnected: boolean;
  /** The number of items on the first page, if the page had a link to the next page. */
  readonly pagedItems?: number | undefined;
}

/** A page whose quotes have been published. */
export interface ReadPage {
  /** Counts from 1. */
  readonly number: number;
  /** The requested URL, and the final URL after redirects. */
  readonly urls: readonly string[];
  /** The ids of its quotes, in page order. */
  readonly ids: readonly string[];
  readonly itemCount: number;
  /** Whether the page had a quote that was published for the first time in this run. */
  readonly hasNews: boolean;
  readonly nextUrl: string | undefined;
  readonly nextProblem: string | undefined;
  readonly isCut: boolean;
}

/** The progress of previous runs. */
export interface KnownProgress {
  /** Whether a recent run has read all pages. */
  readonly isComplete: boolean;
  /** The page at which the previous run stopped before the last page. */
  readonly nextPage?: string | undefined;
  readonly front?: string | undefined;
  /** The number of items on the first page of a site with more pages; absent for a site with one page. */
  readonly pagedItems?: number | undefined;
}

/** The next step of a run. */
export type NextStep =
  | { readonly kind: 'request'; readonly url: string; readonly run: RunMemory }
  | {
      readonly kind: 'end';
      readonly outcome: 'news-read' | 'last-page' | 'max-pages' | 'broken';
      readonly detail: string;
      readonly change: SourceChange;
    };

/** The memory of a run before its first page. */
export const NOTHING_READ: RunMemory = { seen: [], front: '', isConnected: false };

const MARK_CHARACTERS = 8;
const FRONT_CHARACTERS = 6;
/** Limits the size of `front`, which is published with each state of the source. */
const MAX_FRONT = 100;

/**
 * Decides the next step of a run after a page.
 *
 * | the page | the run |
 * |---|---|
 * | is truncated | ends: broken; the next run reads the page again |
 * | was read before in this run (a cycle) | ends: last page |
 * | repeats the previous page | reads the previous page again: if that still has the same quotes, this was the last page under another number; if not, the site has grown by a page in the meantime, and the run continues |
 * | has an invalid link to the next page | ends: broken |
 * | is the first page, with as many items as before, and has lost its link to the next page | ends: broken |
 * | has no link to a next page, or a link to an earlier page | ends: last page |
 * | has no new quotes, and the run has reached the quotes of the previous run | resumes where the previous run stopped, or ends |
 * | is the `maxPages`th or later, and the run hasn't just resumed there | resumes where the previous run stopped, if the run has reached its quotes; else ends, and the next run resumes at the next page |
 * | is any other | continues with the next page |
 *
 * A page without new quotes doesn't imply that the pages after it have none: another source may have
 * published the same quotes. So a run ends early only where it reaches the quotes of the previous run.
 */
export function nextStep(
  page: ReadPage,
  {
    run,
    known,
    source,
  }: { run: RunMemory; known: KnownProgress; source: { url: string; maxPages: number } },
): NextStep {
  const { number, urls, ids, nextUrl, nextProblem } = page;
  const [url = source.url] = urls;
  const marks = urls.map(markOf);
  const content = contentMarkOf(ids);
  const isRepeated = number > 1 && marks.some((mark) => run.seen.includes(mark));
  const front = number === 1 ? frontOf(ids) : run.front;
  const memory: RunMemory = {
    seen: [...new Set([...run.seen, ...marks])],
    previous: content === undefined ? undefined : { url, content },
    // a recheck happens once, so the next job must not carry it
    recheck: undefined,
    front,
    isConnected: run.isConnected || meets(ids, known.front),
    pagedItems:
      number === 1 && nextUrl !== undefined && !page.isCut ? page.itemCount : run.pagedItems,
  };
  const finished = {
    nextPage: undefined,
    pagedItems: memory.pagedItems,
    ...(front === '' ? {} : { front }),
  };
  const lastPage = (detail: string): NextStep => ({
    kind: 'end',
    outcome: 'last-page',
    detail,
    change: { reachedEnd: true, ...finished },
  });

  if (page.isCut) {
    return broken('The page ends in the middle of its markup.', resumeAt(url, memory));
  }
  if (run.recheck !== undefined) {
    return content === run.recheck.content
      ? lastPage('Reached the last page: the pages after it repeat it.')
      : { kind: 'request', url: run.recheck.nextUrl, run: { ...memory, previous: undefined } };
  }
  if (isRepeated) return lastPage('Reached the last page: its URL is that of an earlier page.');
  if (run.previous !== undefined && content === run.previous.content && nextUrl !== undefined) {
    const recheck = { content, nextUrl };
    return { kind: 'request', url: run.previous.url, run: { ...memory, recheck } };
  }
  if (nextUrl === undefined) {
    if (nextProblem !== undefined) return broken(nextProblem, resumeAt(undefined, memory));
    if (number === 1 && known.pagedItems !== undefined && page.itemCount >= known.pagedItems) {
      const detail = "The link to the next page is missing: has the site's markup changed?";
      return broken(detail, resumeAt(undefined, memory));
    }
    return lastPage('Reached the last page.');
  }
  const hasSeen = (address: string) => memory.seen.includes(markOf(address));
  // only the page after it shows whether this is the last page under another number
  const hasResumedHere = number > 1 && url === known.nextPage;
  const isAtLimit = number >= source.maxPages && !hasResumedHere;
  if (memory.isConnected && (!page.hasNews || isAtLimit)) {
    const { nextPage } = known;
    // with new quotes in every run, ending here would never reach the later pages
    if (nextPage !== undefined && !hasSeen(nextPage) && isSameSite(nextPage, source.url)) {
      return { kind: 'request', url: nextPage, run: memory };
    }
  }
  if (!page.hasNews && memory.isConnected && known.isComplete) {
    const detail = 'Published all new quotes.';
    return { kind: 'end', outcome: 'news-read', detail, change: finished };
  }
  if (hasSeen(nextUrl)) {
    return lastPage('Reached the last page: its link leads to an earlier page.');
  }
  if (isAtLimit) {
    const detail = `Reached maxPages (${source.maxPages}); the next run resumes at ${nextUrl}`;
    return { kind: 'end', outcome: 'max-pages', detail, change: resumeAt(nextUrl, memory) };
  }
  return { kind: 'request', url: nextUrl, run: memory };
}

/** The change of a run that stops before the last page: the next run resumes at `url`, or without it reads every page. */
export function resumeAt(
  url: string | undefined,
  { front = '', pagedItems }: Partial<Pick<RunMemory, 'front' | 'pagedItems'>> = {},
): SourceChange {
  return {
    nextPage: url,
    reachedEnd: false,
    // all pages up to `url` were read, so a later run may skip known pages
    ...(url === undefined || front === '' ? {} : { front }),
    // otherwise a missing link on the first page isn't noticed before a run has read all pages
    ...(pagedItems === undefined ? {} : { pagedItems }),
  };
}

/** Encodes the quotes of a page by prefixes of their ids. */
export function frontOf(ids: readonly string[]): string {
  return ids
    .slice(0, MAX_FRONT)
    .map((id) => id.slice(0, FRONT_CHARACTERS))
    .join('');
}

/** Encodes a URL as a short hash. */
export function markOf(url: string): string {
  return hash('sha256', url, 'base64url').slice(0, MARK_CHARACTERS);
}

function contentMarkOf(ids: readonly string[]): string | undefined {
  return ids.length === 0 ? undefined : markOf(ids.join(' '));
}

function meets(ids: readonly string[], front = ''): boolean {
  const known = new Set<string>();
  for (let at = 0; at < front.length; at += FRONT_CHARACTERS) {
    known.add(front.slice(at, at + FRONT_CHARACTERS));
  }
  return ids.some((id) => known.has(id.slice(0, FRONT_CHARACTERS)));
}

function broken(detail: string, change: SourceChange): NextStep {
  return { kind: 'end', outcome: 'broken', detail, change };
}
