import type { NumberedPages } from '@quotewire/sources';
import { compileSelector } from '@quotewire/sources/selector';
import type { Document } from 'domhandler';
import { LAST_PAGE, type NextPage, nextNumberedUrl, nextUrlOf } from './next-url.ts';

type NextLink = (document: Document, page: { pageUrl: string; itemCount: number }) => NextPage;

/** Compiles a source's `next` into a function that finds the next page: by a link, or by number. */
export function compileNextLink(
  next: string | NumberedPages | undefined,
  { isXml = false } = {},
): NextLink {
  if (next === undefined) return () => LAST_PAGE;
  if (typeof next === 'string') {
    const findLinks = compileSelector(next, { isXml });
    return (document, { pageUrl }) => {
      const [link] = findLinks(document, 1);
      if (link === undefined) return LAST_PAGE;
      return nextUrlOf(link.attribs.href, { pageUrl, baseUrl: baseUrlOf(document, pageUrl) });
    };
  }
  const findReason = next.while === undefined ? undefined : compileSelector(next.while, { isXml });
  return (document, { pageUrl, itemCount }) => {
    const hasMore = findReason === undefined ? itemCount > 0 : findReason(document, 1).length > 0;
    return hasMore ? nextNumberedUrl(next, pageUrl) : LAST_PAGE;
  };
}

const findBases = compileSelector('head > base[href]');

/** The base URL of a page. */
export function baseUrlOf(document: Document, pageUrl: string): string {
  const [base] = findBases(document, 1);
  const href = base?.attribs.href;
  return href !== undefined && URL.canParse(href, pageUrl) ? new URL(href, pageUrl).href : pageUrl;
}
