import { inspect } from 'node:util';
import type { DeadLetter } from '@quotewire/bus';
import { formatBody, timeOf } from './body.ts';
import { shortIdLength } from './choose.ts';
import { printable } from '../terminal/printable.ts';

const ERROR_WIDTH = 60;
const NONE = '-';

/** A table with a line for each letter. */
export function formatTable(letters: readonly DeadLetter[]): string {
  const idLength = shortIdLength(letters.map(({ id }) => id));
  const rows = letters.map((letter) =>
    [
      letter.id.slice(0, idLength),
      letter.queue,
      letter.reason,
      cut(letter.error ?? NONE),
      String(letter.retries),
      timeOf(letter) ?? NONE,
    ].map(printable),
  );
  return alignColumns([['id', 'queue', 'reason', 'error', 'retries', 'time'], ...rows]);
}

/** What machines get of a letter. */
export function summaryOf(letter: DeadLetter): object {
  const { id, queue, reason, error = null, retries } = letter;
  return { id, queue, reason, error, retries, time: timeOf(letter) ?? null };
}

/** Everything that a letter has. */
export function formatLetter(letter: DeadLetter): string {
  const { id, queue, reason, error = NONE, retries, properties, headers, body } = letter;
  const time = timeOf(letter) ?? NONE;
  return [
    formatFields({ id, queue, reason, error, retries, time }),
    `Properties\n${formatFields(properties)}`,
    `Headers\n${formatFields(headers)}`,
    `Body, ${body.byteLength} bytes\n${formatBody(body)}`,
  ].join('\n\n');
}

function formatFields(fields: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(fields).map(([name, value]) => [
    printable(name),
    printable(
      typeof value === 'string' ? value : inspect(value, { depth: null, breakLength: Infinity }),
    ),
  ]);
  return rows.length === 0 ? NONE : alignColumns(rows);
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

function cut(text: string): string {
  return text.length <= ERROR_WIDTH ? text : `${text.slice(0, ERROR_WIDTH - 1)}…`;
}
