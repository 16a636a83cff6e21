import type { ExtractedPage } from '@quotewire/extract';
import { alignColumns, cut, printable, type Terminal } from '@quotewire/terminal';
import { UNKNOWN_URL } from './page.ts';

const DEFAULT_LIMIT = 20;
const INDENT = '  ';

/** Formats the quotes that a page would publish, and the dropped items with the reasons. `limit`: the maximum number of each, 20 by default. */
export function formatExtracted(
  { quotes, dropped, ignored, nextUrl, itemCount, charset, isCharsetSuspect }: ExtractedPage,
  { limit = DEFAULT_LIMIT, terminal }: { limit?: number | undefined; terminal: Terminal },
): string {
  const rows = quotes
    .slice(0, limit)
    .map(({ text, author, tags }, index) => [
      String(index + 1),
      text.replaceAll('\n', ' / '),
      author,
      tags.join(', '),
    ]);
  const [head = '', ...lines] = alignColumns(
    withoutEmpty([['#', 'text', 'author', 'tags'], ...rows]),
    terminal,
  );
  const garbled = isCharsetSuspect
    ? terminal.paint('yellow', ", which doesn't fit its bytes: words may be garbled")
    : '';
  return [
    ...(rows.length === 0
      ? []
      : [terminal.paint('bold', head), ...lines, ...moreThan(quotes, { limit, terminal }), '']),
    terminal.paint(...summaryOf(quotes.length, itemCount)),
    ...formatReasons(dropped, { word: 'dropped', limit, terminal }),
    ...formatReasons(
      ignored.map(({ field, value, reason }) => ({ text: value, reason: `${field}: ${reason}` })),
      { word: 'values left out', limit, terminal },
    ),
    `next page: ${nextUrl === undefined ? 'none' : printable(nextUrl.replace(UNKNOWN_URL, '/'))}`,
    `charset: ${charset}${garbled}`,
  ].join('\n');
}

function withoutEmpty(rows: readonly (readonly string[])[]): string[][] {
  const [, ...lines] = rows;
  return rows.map((row) => row.filter((_, column) => lines.some((line) => line[column] !== '')));
}

/** Formats the number of quotes, or hints if there are none. */
function summaryOf(
  quoteCount: number,
  itemCount: number,
): [style: 'green' | 'red', sentence: string] {
  if (quoteCount > 0) {
    const published = counted(quoteCount, 'quote');
    return ['green', `${published} would be published, of ${counted(itemCount, 'item')}`];
  }
  const why =
    itemCount === 0
      ? "the source's item finds nothing on this page"
      : `all of ${counted(itemCount, 'item')} are dropped, look at fields`;
  return ['red', `nothing would be published: ${why}`];
}

function formatReasons(
  all: ExtractedPage['dropped'],
  { word, limit, terminal }: { word: string; limit: number; terminal: Terminal },
): string[] {
  if (all.length === 0) return [];
  const alike = Map.groupBy(all, ({ reason, text }) => `${reason}\0${text}`);
  const rows = [...alike.values()].slice(0, limit).map((same) => {
    const [{ reason, text } = { reason: '', text: '' }] = same;
    return [same.length === 1 ? reason : `${reason}, ${same.length} times`, text];
  });
  const lines = alignColumns(rows, { width: terminal.width - INDENT.length });
  return [
    terminal.paint('yellow', `${all.length} ${word}:`),
    ...[...lines, ...moreThan([...alike], { limit, terminal })].map((line) => `${INDENT}${line}`),
  ];
}

function moreThan(
  all: readonly unknown[],
  { limit, terminal }: { limit: number; terminal: Terminal },
): string[] {
  const rest = all.length - limit;
  return rest <= 0
    ? []
    : [terminal.paint('dim', `… and ${rest} more: --limit ${all.length} shows all`)];
}

/** Formats a line about a page, truncated to the width of the terminal. */
export function heading(parts: readonly string[], terminal: Terminal): string {
  return terminal.paint('bold', cut(parts.map(printable).join('  '), terminal.width));
}

/** `1 quote`, `2 quotes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
