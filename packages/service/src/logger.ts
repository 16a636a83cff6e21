import { type Logger, pino } from 'pino';
import { formatLogLine } from './log-line.ts';

/** A logger to standard output: lines to read on a terminal, JSON lines elsewhere. Passwords in URLs are redacted. */
export function createLogger({
  name,
  level,
  isTerminal = process.stdout.isTTY,
}: {
  name: string;
  level: string;
  /** Default: whether standard output is a terminal. */
  isTerminal?: boolean;
}): Logger {
  const format = isTerminal ? formatLogLine : (line: string) => line;
  return pino({
    name,
    level,
    hooks: {
      streamWrite: (line) => format(line.replaceAll(/(\w+:\/\/[^\s:/@"]+:)[^\s/@"]+@/g, '$1***@')),
    },
  });
}
