import type { Terminal } from '@quotewire/terminal';

/** A terminal that nobody sits at, which keeps all that is printed on it. */
export interface RecordingTerminal extends Terminal {
  readonly stdout: string;
  readonly stderr: string;
}

/** Creates such a terminal: without colours, 100 columns wide; every answer is no. */
export function createRecordingTerminal(): RecordingTerminal {
  let stdout = '';
  let stderr = '';
  return {
    print(text) {
      stdout += `${text}\n`;
    },
    warn(text) {
      stderr += `${text}\n`;
    },
    paint: (_, text) => text,
    confirm: async () => false,
    isInteractive: false,
    width: 100,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
  };
}
