#!/usr/bin/env node
import { openTerminal } from '@quotewire/terminal';
import { readAppUrl, runProgram } from './run-program.ts';
import { run } from './run.ts';

process.exitCode = await run(process.argv.slice(2), {
  terminal: openTerminal(),
  runProgram,
  readAppUrl,
});
