export { printable, printableJson, printableLines } from './printable.ts';
export { alignColumns, cut } from './table.ts';
export { openTerminal, type Terminal } from './terminal.ts';
