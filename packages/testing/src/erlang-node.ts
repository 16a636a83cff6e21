import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isExecutable, onPath } from './on-path.ts';

const run = promisify(execFile);
const DEADLINE_MS = 30_000;

/** How to reach an Erlang node of this machine. */
export interface ErlangNode {
  /** The path of `erl_call`, a C program: a call of `rabbitmqctl` starts an Erlang node, for a second of CPU. */
  readonly erlCall: string;
  /** `host:port` where it listens for other nodes. */
  readonly address: string;
  /** The folder of its cookie. */
  readonly home: string;
}

/** Returns the path of `erl_call`, which Erlang installs beside `epmd`; undefined without it. */
export function findErlCall(): string | undefined {
  const epmd = onPath('epmd');
  if (epmd === undefined) return undefined;
  const path = join(dirname(realpathSync(epmd)), 'erl_call');
  return isExecutable(path) ? path : undefined;
}

/** Evaluates an expression, without its full stop, on a node; resolves with its value as text, or rejects if it fails. */
export async function evaluateOn(
  { erlCall, address, home }: ErlangNode,
  expression: string,
): Promise<string> {
  // n.b. the option -r gives two calls of one second the same name, and the node cuts off the first
  const name = `tests-${randomUUID()}`;
  const args = ['-address', address, '-h', name, '-timeout', String(DEADLINE_MS / 1_000), '-e'];
  const call = run(erlCall, args, { env: { HOME: home }, timeout: DEADLINE_MS });
  call.child.stdin?.on('error', () => {}).end(`${expression}.\n`);
  const { stdout } = await call;
  // n.b. erl_call exits with 0 although the expression has failed
  const value = /^\{ok, (.*)\}\s*$/s.exec(stdout)?.[1];
  if (value === undefined) throw new Error(`${expression}: ${stdout}`);
  return value;
}

/** Returns an expression of a binary. */
export function erlangBinary(text: string): string {
  return `<<${Buffer.from(text).join(',')}>>`;
}
