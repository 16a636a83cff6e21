import type { BusLogger } from '@quotewire/bus';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Creates a logger that records its lines; `onLine` is called with each, synchronously. */
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
