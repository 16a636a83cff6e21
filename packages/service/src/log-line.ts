import { styleText } from 'node:util';
import { printable } from '@quotewire/terminal/printable';

const LEVELS: Readonly<Record<number, readonly [string, 'dim' | 'green' | 'yellow' | 'red']>> = {
  10: ['TRACE', 'dim'],
  20: ['DEBUG', 'dim'],
  30: ['INFO ', 'green'],
  40: ['WARN ', 'yellow'],
  50: ['ERROR', 'red'],
  60: ['FATAL', 'red'],
};
const ERROR = 50;

interface Line {
  readonly level: number;
  readonly time: number;
  readonly name?: string;
  readonly msg?: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
}

/**
 * A line of the log as a person reads it on a terminal: local time, level, process, message, and the
 * other fields. The stack follows an error from level `error` on. Text of pages can't control the terminal.
 */
export function formatLogLine(json: string): string {
  const { level, time, name = '', msg = '', err, ...others } = JSON.parse(json) as Line;
  const { pid: _pid, hostname: _hostname, ...fields } = others as Record<string, unknown>;
  const [label, colour] = LEVELS[level] ?? [String(level), 'dim'];
  if (err?.message !== undefined && err.message !== msg) fields['err'] = err.message;
  const shown = Object.entries(fields).map(([key, value]) => `${key}=${shortly(value)}`);
  const words = [
    paint('dim', clockTimeOf(time)),
    paint(colour, label),
    ...(name === '' ? [] : [`${printable(name)}:`]),
    ...(msg === '' ? [] : [printable(msg)]),
    ...(shown.length === 0 ? [] : [paint('dim', printable(shown.join(' ')))]),
  ];
  const stack = level >= ERROR && err?.stack !== undefined ? err.stack.split('\n') : [];
  return `${[words.join(' '), ...stack.map((line) => `    ${printable(line)}`)].join('\n')}\n`;
}

function paint(style: 'dim' | 'green' | 'yellow' | 'red', text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

function clockTimeOf(time: number): string {
  const date = new Date(time);
  const part = (value: number, length = 2) => String(value).padStart(length, '0');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map((value) => part(value));
  return `${clock.join(':')}.${part(date.getMilliseconds(), 3)}`;
}

function shortly(value: unknown): string {
  return typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value);
}
