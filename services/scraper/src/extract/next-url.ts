import type { NumberedPages } from '@quotewire/sources';

/** The address that a link leads to; undefined unless it's another page of the same site. */
export function nextUrlOf(
  href: string | undefined,
  { pageUrl, baseUrl = pageUrl }: { pageUrl: string; baseUrl?: string | undefined },
): string | undefined {
  if (href === undefined || !URL.canParse(href, baseUrl)) return undefined;
  const url = new URL(href, baseUrl);
  url.hash = '';
  return url.origin === new URL(pageUrl).origin && url.href !== pageUrl ? url.href : undefined;
}

/** The address of the page with the next number; a page whose address has none is the first. */
export function nextNumberedUrl(pages: NumberedPages, pageUrl: string): string | undefined {
  const { first = 1, step = 1 } = pages;
  const mark = 'quotewire-page-number';
  const template = pages.url.replaceAll('{page}', mark);
  if (!URL.canParse(template, pageUrl)) return undefined;
  const parts = new URL(template, pageUrl).href.split(mark);
  const source = parts.map((part) => RegExp.escape(part)).join('(\\d+)');
  const number = Number(new RegExp(`^${source}$`).exec(pageUrl)?.[1] ?? first);
  return nextUrlOf(pages.url.replaceAll('{page}', String(number + step)), { pageUrl });
}
