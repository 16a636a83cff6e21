import { type Logger, pino } from 'pino';

/** A logger that writes JSON lines to standard output; passwords in URLs are redacted. */
export function createLogger({ name, level }: { name: string; level: string }): Logger {
  return pino({
    name,
    level,
    hooks: {
      streamWrite: (line) => line.replaceAll(/(\w+:\/\/[^\s:/@"]+:)[^\s/@"]+@/g, '$1***@'),
    },
  });
}
