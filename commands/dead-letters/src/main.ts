#!/usr/bin/env node
import { openTerminal } from '@quotewire/terminal';
import { run } from './run.ts';

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  terminal: openTerminal(),
});
