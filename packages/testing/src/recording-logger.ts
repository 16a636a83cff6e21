import type { BusLogger } from '@quotewire/bus';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A logger that keeps its lines; `onLine` is called with each, while who logs it waits. */
export function createRecordingLogger(onLine: (line: LogLine) => void = () => {}): {
  readonly logger: BusLogger;
  readonly lines: readonly LogLine[];
} {
  const lines: LogLine[] = [];
  const at = (level: LogLine['level']) => (details: object, message: string) => {
    const line = { level, message, details: { ...details } };
    lines.push(line);
    onLine(line);
  };
  return { logger: { info: at('info'), warn: at('warn'), error: at('error') }, lines };
}
