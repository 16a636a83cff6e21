import type { NumberedPages } from '@quotewire/sources';
import { isSameSite } from '@quotewire/sources/same-site';

/** Scrapy's URLLENGTH_LIMIT; longer URLs are refused. */
export const MAX_URL_LENGTH = 2_083;

/** The next page's URL, or why the URL is invalid; neither on the last page. */
export interface NextPage {
  /** Absolute; undefined on the last page and if there is a problem. */
  readonly nextUrl: string | undefined;
  /** Why the URL is invalid, as a sentence; undefined without a problem. */
  readonly nextProblem: string | undefined;
}

export const LAST_PAGE: NextPage = { nextUrl: undefined, nextProblem: undefined };

/** Resolves a link; a link to the page itself, or without a URL, marks the last page. */
export function nextUrlOf(
  href: string | undefined,
  { pageUrl, baseUrl = pageUrl }: { pageUrl: string; baseUrl?: string | undefined },
): NextPage {
  if (href === undefined || !URL.canParse(href, baseUrl)) return LAST_PAGE;
  const url = new URL(href, baseUrl);
  url.hash = '';
  if (url.href === pageUrl || !/^https?:$/.test(url.protocol)) return LAST_PAGE;
  if (url.href.length > MAX_URL_LENGTH) {
    return problem(`The address of the next page has more than ${MAX_URL_LENGTH} characters.`);
  }
  if (!isSameSite(url.href, pageUrl)) {
    return problem(`The next page, ${url.href}, is on another site.`);
  }
  return { nextUrl: url.href, nextProblem: undefined };
}

/** The URL of the page with the next number; a URL without a number is the first page. */
export function nextNumberedUrl(pages: NumberedPages, pageUrl: string): NextPage {
  const { first = 1, step = 1 } = pages;
  const mark = 'quotewire-page-number';
  const template = pages.url.replaceAll('{page}', mark);
  if (!URL.canParse(template, pageUrl)) return LAST_PAGE;
  const parts = new URL(template, pageUrl).href.split(mark);
  const source = parts.map((part) => RegExp.escape(part)).join('(\\d+)');
  const number = Number(new RegExp(`^${source}$`).exec(pageUrl)?.[1] ?? first);
  return nextUrlOf(pages.url.replaceAll('{page}', String(number + step)), { pageUrl });
}

function problem(nextProblem: string): NextPage {
  return { nextUrl: undefined, nextProblem };
}
