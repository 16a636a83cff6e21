import { styleText } from 'node:util';
import { confirm } from './confirm.ts';

/** How wide lines may be where no terminal says so. */
const DEFAULT_WIDTH = 100;

/** Where a command prints and asks. */
export interface Terminal {
  /** Prints a line of the result, on standard output. */
  print(text: string): void;
  /** Prints a line about the result, on standard error. */
  warn(text: string): void;
  /** The text in a style on a terminal; as it is elsewhere, and with NO_COLOR. */
  paint(style: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string): string;
  /** Asks; resolves with whether the answer is yes. */
  confirm(question: string): Promise<boolean>;
  /** Whether a person can answer. */
  readonly isInteractive: boolean;
  /** Columns. */
  readonly width: number;
}

/** The terminal of this process. */
export function openTerminal(): Terminal {
  return {
    print: (text) => console.log(text),
    warn: (text) => console.error(text),
    paint: (style, text) => styleText(style, text, { stream: process.stdout }),
    confirm,
    get isInteractive() {
      return process.stdin.isTTY && process.stdout.isTTY;
    },
    get width() {
      return process.stdout.columns ?? DEFAULT_WIDTH;
    },
  };
}
