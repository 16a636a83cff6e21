import widthOf from 'string-width';
import { printable } from './printable.ts';

const GAP = '  ';
const ELLIPSIS = '…';
const characters = new Intl.Segmenter();
/** No column is made narrower to make room for others. */
const MIN_WIDTH = 8;

/** Rows in aligned columns, at most `width` wide where that can be: the widest columns are cut. Nothing in them can touch the terminal. */
export function alignColumns(
  rows: readonly (readonly string[])[],
  { width }: { width: number },
): string[] {
  const cells = rows.map((row) => row.map(printable));
  const count = Math.max(0, ...cells.map(({ length }) => length));
  const wanted = Array.from({ length: count }, (_, column) =>
    Math.max(...cells.map((row) => widthOf(row[column] ?? ''))),
  );
  const widths = narrowed(wanted, width - GAP.length * (count - 1));
  return cells.map((row) =>
    row
      .map((cell, column) => padded(cut(cell, widths[column] ?? 0), widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

/** The text within so many columns of a terminal, with … where it's cut. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let shown = '';
  let room = width - widthOf(ELLIPSIS);
  for (const { segment } of characters.segment(text)) {
    room -= widthOf(segment);
    if (room < 0) break;
    shown += segment;
  }
  return `${shown.trimEnd()}${ELLIPSIS}`;
}

function narrowed(wanted: readonly number[], available: number): number[] {
  const widths = [...wanted];
  let excess = widths.reduce((sum, width) => sum + width, 0) - available;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= MIN_WIDTH) break;
    const column = widths.indexOf(widest);
    widths[column] = widest - 1;
    excess -= 1;
  }
  return widths;
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
