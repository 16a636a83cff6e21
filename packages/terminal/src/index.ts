export {
  asksForHelp,
  formatList,
  formatSettings,
  formatUsage,
  numberIn,
  parseOptions,
  readCommandLine,
  UsageError,
  wholeNumberIn,
} from './command-line.ts';
export { exitCodeOf } from './exit-code.ts';
export { printable, printableJson, printableLines } from './printable.ts';
export { alignColumns, cut } from './table.ts';
export { openTerminal, type Terminal } from './terminal.ts';
