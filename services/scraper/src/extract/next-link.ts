import type { NumberedPages } from '@quotewire/sources';
import { compileSelector } from '@quotewire/sources/selector';
import type { Document } from 'domhandler';
import { nextNumberedUrl, nextUrlOf } from './next-url.ts';

type NextLink = (
  document: Document,
  page: { pageUrl: string; itemCount: number },
) => string | undefined;

/** Finds the address of the next page in the one in hand: where a link leads, or the next number. */
export function compileNextLink(
  next: string | NumberedPages | undefined,
  { isXml = false } = {},
): NextLink {
  if (next === undefined) return () => undefined;
  if (typeof next === 'string') {
    const findLinks = compileSelector(next, { isXml });
    return (document, { pageUrl }) => {
      const [link] = findLinks(document, 1);
      if (link === undefined) return undefined;
      return nextUrlOf(link.attribs.href, { pageUrl, baseUrl: baseUrlOf(document, pageUrl) });
    };
  }
  const findReason = next.while === undefined ? undefined : compileSelector(next.while, { isXml });
  return (document, { pageUrl, itemCount }) => {
    const hasMore = findReason === undefined ? itemCount > 0 : findReason(document, 1).length > 0;
    return hasMore ? nextNumberedUrl(next, pageUrl) : undefined;
  };
}

const findBases = compileSelector('head > base[href]');

function baseUrlOf(document: Document, pageUrl: string): string {
  const [base] = findBases(document, 1);
  const href = base?.attribs.href;
  return href !== undefined && URL.canParse(href, pageUrl) ? new URL(href, pageUrl).href : pageUrl;
}
