import { inspect } from 'node:util';
import type { DeadLetter } from '@quotewire/bus';
import { alignColumns, cut, printable } from '@quotewire/terminal';
import { formatBody, timeOf } from './body.ts';
import { shortIdLength } from './choose.ts';

const ERROR_WIDTH = 60;
const NONE = '-';

/** Formats a table with a line for each dead letter. */
export function formatTable(letters: readonly DeadLetter[]): string {
  const idLength = shortIdLength(letters.map(({ id }) => id));
  const rows = letters.map((letter) => [
    letter.id.slice(0, idLength),
    letter.queue,
    letter.reason,
    cut(printable(letter.error ?? NONE), ERROR_WIDTH),
    String(letter.retries),
    timeOf(letter) ?? NONE,
  ]);
  return inColumns([['id', 'queue', 'reason', 'error', 'retries', 'time'], ...rows]);
}

/** The JSON form of a dead letter. */
export function summaryOf(letter: DeadLetter): object {
  const { id, queue, reason, error = null, retries } = letter;
  return { id, queue, reason, error, retries, time: timeOf(letter) ?? null };
}

/** Formats a dead letter with its headers and body. */
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
    name,
    typeof value === 'string' ? value : inspect(value, { depth: null, breakLength: Infinity }),
  ]);
  return rows.length === 0 ? NONE : inColumns(rows);
}

/** Truncates only errors, because users copy ids and headers. */
function inColumns(rows: readonly (readonly string[])[]): string {
  return alignColumns(rows, { width: Infinity }).join('\n');
}
