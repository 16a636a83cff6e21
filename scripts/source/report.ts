import { styleText } from 'node:util';
import type { ExtractedPage } from '@quotewire/scraper/pages';
import { printable } from '../terminal/printable.ts';
import { UNKNOWN_URL } from './page.ts';
import { alignColumns, cut } from './table.ts';

/** How wide lines may be where there's no terminal that says so. */
const DEFAULT_WIDTH = 100;
const DEFAULT_LIMIT = 20;
const INDENT = '  ';

/** A colour for text on a terminal; none elsewhere, and none with NO_COLOR. */
export function paint(style: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Columns of the terminal. */
export function outputWidth(): number {
  return process.stdout.columns ?? DEFAULT_WIDTH;
}

/** What would be published of a page, and what not and why. `limit`: so many of both are shown, 20 by default. */
export function formatExtracted(
  { quotes, dropped, nextUrl, itemCount, charset, isCharsetSuspect }: ExtractedPage,
  { limit = DEFAULT_LIMIT, width = outputWidth() }: { limit?: number | undefined; width?: number },
): string {
  const rows = quotes
    .slice(0, limit)
    .map(({ text, author, tags }, index) => [String(index + 1), text, author, tags.join(', ')]);
  const [head = '', ...lines] = alignColumns(
    withoutEmpty([['#', 'text', 'author', 'tags'], ...rows]),
    { width },
  );
  const garbled = isCharsetSuspect
    ? paint('yellow', ", which doesn't fit its bytes: words may be garbled")
    : '';
  return [
    ...(rows.length === 0 ? [] : [paint('bold', head), ...lines, ...moreThan(limit, quotes), '']),
    summaryOf(quotes.length, itemCount),
    ...formatDropped(dropped, { limit, width }),
    `next page: ${nextUrl === undefined ? 'none' : printable(nextUrl.replace(UNKNOWN_URL, '/'))}`,
    `charset: ${charset}${garbled}`,
  ].join('\n');
}

function withoutEmpty(rows: readonly (readonly string[])[]): string[][] {
  const [, ...lines] = rows;
  return rows.map((row) => row.filter((_, column) => lines.some((line) => line[column] !== '')));
}

/** A page without quotes shows where to look; otherwise how many there are. */
function summaryOf(quoteCount: number, itemCount: number): string {
  if (quoteCount > 0)
    return paint(
      'green',
      `${counted(quoteCount, 'quote')} would be published, of ${counted(itemCount, 'item')}`,
    );
  if (itemCount === 0)
    return paint('red', "nothing would be published: the source's item finds nothing on this page");
  return paint(
    'red',
    `nothing would be published: all of ${counted(itemCount, 'item')} are dropped, look at fields`,
  );
}

function formatDropped(
  dropped: ExtractedPage['dropped'],
  { limit, width }: { limit: number; width: number },
): string[] {
  if (dropped.length === 0) return [];
  const alike = Map.groupBy(dropped, ({ reason, text }) => `${reason}\0${text}`);
  const rows = [...alike.values()].slice(0, limit).map((same) => {
    const [{ reason, text } = { reason: '', text: '' }] = same;
    return [same.length === 1 ? reason : `${reason}, ${same.length} times`, text];
  });
  const lines = alignColumns(rows, { width: width - INDENT.length });
  return [
    paint('yellow', `${dropped.length} dropped:`),
    ...[...lines, ...moreThan(limit, [...alike])].map((line) => `${INDENT}${line}`),
  ];
}

function moreThan(limit: number, all: readonly unknown[]): string[] {
  const rest = all.length - limit;
  return rest <= 0 ? [] : [paint('dim', `… and ${rest} more: --limit ${all.length} shows all`)];
}

/** A line that says which page it is about, cut to the terminal. */
export function heading(...parts: readonly string[]): string {
  return paint('bold', cut(parts.map(printable).join('  '), outputWidth()));
}

/** `1 quote`, `2 quotes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
