import { childEnv } from './child-env.ts';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { eventually, within } from './eventually.ts';
import { SERVICE_OPTIONS } from './service-options.ts';

const ROOT = join(import.meta.dirname, '../../..');
const END_DEADLINE_MS = 30_000;
const LINE_DEADLINE_MS = 45_000;

export interface ProcessOptions {
  /** All that it gets, beside PATH. */
  env?: Readonly<Record<string, string>>;
}

/** A service as a process of its own. */
export interface RunningProcess {
  readonly pid: number;
  /** Everything that it has printed. */
  readonly output: string;
  /** Resolves with the first line, printed or future, that the predicate accepts. */
  waitForLine(predicate: (line: string) => boolean, what: string): Promise<string>;
  /** Resolves with the exit code when the process exits; null after a signal. */
  waitForExit(): Promise<number | null>;
  /** Resolves when it has ended in any way. */
  readonly ended: Promise<unknown>;
  /** SIGTERM; resolves with the exit code. */
  terminate(): Promise<number | null>;
  /** Sends SIGKILL; resolves after the exit. */
  kill9(): Promise<void>;
}

export interface ListeningProcess extends RunningProcess {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
}

/** The process, once it listens. */
export async function untilListening(started: RunningProcess): Promise<ListeningProcess> {
  const line = await started.waitForLine((text) => addressIn(text) !== undefined, 'it listens');
  // no spread, which would copy the first value of `output`
  return Object.defineProperty(started, 'url', { value: addressIn(line) }) as ListeningProcess;
}

/** Starts a service and returns at once. Whoever starts it ends it. */
export function spawnService(service: string, { env = {} }: ProcessOptions = {}): RunningProcess {
  const main = join(ROOT, 'services', service, 'src/main.ts');
  const child = spawn(process.execPath, [...SERVICE_OPTIONS, main], {
    cwd: ROOT,
    env: { ...childEnv(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: string) => {
    output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  const exited = new Promise<number | null>((resolve) => {
    // emitted after all output, unlike exit
    child.once('close', resolve);
  });

  function told<T>(work: Promise<T>): Promise<T> {
    return work.catch((cause: unknown) => {
      const reason = (cause as Error).message;
      throw new Error(`${service}: ${reason}\nIt printed:\n${output}`, { cause });
    });
  }

  function end(signal: NodeJS.Signals): Promise<number | null> {
    child.kill(signal);
    return told(within(exited, { what: `it ends after ${signal}`, timeoutMs: END_DEADLINE_MS }));
  }

  return {
    pid: child.pid ?? Number.NaN,
    get output() {
      return output;
    },
    waitForLine(predicate, what) {
      const find = () => output.split('\n').slice(0, -1).find(predicate);
      const printed = find();
      if (printed !== undefined) return Promise.resolve(printed);
      const line = eventually(find, { what, timeoutMs: LINE_DEADLINE_MS });
      const ended = exited.then((code): never => {
        throw new Error(`it exited with code ${code} before this happened: ${what}`);
      });
      line.catch(() => {});
      return told(Promise.race([line, ended]));
    },
    ended: exited,
    waitForExit: () => told(within(exited, { what: 'it exits', timeoutMs: END_DEADLINE_MS })),
    terminate: () => end('SIGTERM'),
    async kill9() {
      await end('SIGKILL');
    },
  };
}

/** Resolves with the address in the log line of a listening service. */
function addressIn(line: string): string | undefined {
  return /listening at (http:[^"\s]+)/.exec(line)?.[1];
}
