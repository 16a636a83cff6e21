import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { formatLogLine } from '../src/log-line.ts';

const LOGGER = join(import.meta.dirname, '../src/logger.ts');
const TIME = new Date(2026, 5, 1, 9, 8, 7, 65).getTime();

function formatted(fields: object): string {
  const line = { level: 30, time: TIME, pid: 1, hostname: 'here', name: 'timer', ...fields };
  return stripVTControlCharacters(formatLogLine(`${JSON.stringify(line)}\n`));
}

/** What a process prints that logs one line, with a password in it. */
async function logged(options: object): Promise<string> {
  const code = `
    import { createLogger } from ${JSON.stringify(LOGGER)};
    const logger = createLogger(${JSON.stringify({ name: 'timer', level: 'info', ...options })});
    logger.info({ url: 'amqp://me:secret@host' }, 'connected');`;
  const args = ['--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout;
}

it('gives time, level, process, message and fields in a line', () => {
  expect(formatted({ msg: 'tick', source: 'a', url: 'http://x/', count: 2, text: 'a b' })).toBe(
    '09:08:07.065 INFO  timer: tick source=a url=http://x/ count=2 text="a b"\n',
  );
});

it('tells why, and where from the level of an error on', () => {
  const err = { type: 'Error', message: 'no answer', stack: 'Error: no answer\n    at a.ts:1' };
  expect(formatted({ level: 40, msg: 'reconnecting', err })).toBe(
    '09:08:07.065 WARN  timer: reconnecting err="no answer"\n',
  );
  expect(formatted({ level: 50, msg: 'failed', err })).toBe(
    '09:08:07.065 ERROR timer: failed err="no answer"\n    Error: no answer\n        at a.ts:1\n',
  );
});

it('keeps a text from controlling the terminal', () => {
  const line = formatted({ msg: 'red \u001B[31m', text: '\u009B2J', '\u0007': 1 });
  expect(line).toContain(String.raw`red \u{1b}[31m`);
  expect(line.trimEnd()).not.toMatch(/\p{Cc}/u);
});

it('writes JSON where standard output is no terminal, without passwords', async () => {
  const line = JSON.parse(await logged({})) as object;
  expect(line).toMatchObject({ level: 30, name: 'timer', url: 'amqp://me:***@host' });
});

it('writes lines to read on a terminal, without passwords', async () => {
  const line = stripVTControlCharacters(await logged({ isTerminal: true }));
  expect(line).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} INFO {2}timer: connected url=amqp:\/\/me:\*{3}@host\n$/,
  );
});
