import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, freePorts, onPath } from '@quotewire/testing';
import { afterAll, describe } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
/** A dyno that doesn't listen by then is killed. */
const BOOT_DEADLINE_MS = 60_000;
/** A dyno that hasn't ended by then is killed. */
const STOP_DEADLINE_MS = 30_000;

/** A running dyno. */
export interface Dyno {
  readonly port: number;
  readonly output: string;
  /** Sends SIGTERM to all its processes, and SIGKILL after 30 s. Resolves with the exit code; null after SIGKILL. */
  stop(): Promise<number | null>;
}

const folders: string[] = [];
const dynos = new Set<Dyno>();

// runs at the end of each test file that imports this one
afterAll(async () => {
  await Promise.all([...dynos].map((dyno) => dyno.stop()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Copies the checkout and prunes what's only for development, as Heroku's buildpack does after `npm ci`. Returns the slug's folder. */
export async function buildSlug(): Promise<string> {
  const slug = mkdtempSync(join(tmpdir(), 'quotewire-slug-'));
  folders.push(slug);
  const files = readdirSync(ROOT).filter((name) => name !== '.git');
  // n.b. a copy: npm writes into files, and those of a checkout may be hard links to another's
  await run('cp', ['-a', '--reflink=auto', ...files, slug], { cwd: ROOT });
  const options = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['prune', '--omit=dev', ...options], { cwd: slug });
  // the buildpack's own Node
  mkdirSync(join(slug, '.heroku/node/bin'), { recursive: true });
  symlinkSync(process.execPath, join(slug, '.heroku/node/bin/node'));
  return slug;
}

/** A `describe` that is skipped, with a line that says so, unless a slug can be built here. */
export function describeWhereSlugsAreBuilt(name: string, define: () => void): void {
  const isPossible = onPath('npm') !== undefined && onPath('bash') !== undefined;
  if (!isPossible) {
    if (process.env.CI === 'true') throw new Error(`CI=true requires ${name}: npm and bash`);
    console.error(`SKIPPED: ${name}. It needs npm and bash.`);
  }
  // oxlint-disable-next-line vitest/valid-title -- the caller's
  describe.runIf(isPossible)(name, () => {
    define();
  });
}

/** Starts the web process of the Procfile, with the variables of app.json, the given ones, and what Heroku sets. Resolves once it listens. */
export async function startDyno(slug: string, vars: Record<string, string>): Promise<Dyno> {
  const [port = 0] = await freePorts(1);
  const [, command = ''] = /^web: (.*)$/m.exec(readFileSync(join(slug, 'Procfile'), 'utf8')) ?? [];
  const child = spawn('bash', ['-c', command], {
    cwd: slug,
    env: {
      PATH: `${slug}/.heroku/node/bin:/usr/local/bin:/usr/bin:/bin`,
      HOME: slug,
      PORT: String(port),
      DYNO: 'web.1',
      NODE_ENV: 'production',
      NODE_HOME: `${slug}/.heroku/node`,
      WEB_CONCURRENCY: '1',
      WEB_MEMORY: '512',
      MEMORY_AVAILABLE: '512',
      ...variablesOf(slug),
      ...vars,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // a group, whose processes all get the signal
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  let hasEnded = false;
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      hasEnded = true;
      resolve(code);
    });
  });
  const signal = (name: NodeJS.Signals) => {
    if (!hasEnded && child.pid !== undefined) process.kill(-child.pid, name);
  };
  const dyno: Dyno = {
    port,
    get output() {
      return output;
    },
    async stop() {
      signal('SIGTERM');
      const killing = setTimeout(() => signal('SIGKILL'), STOP_DEADLINE_MS);
      const code = await ended;
      clearTimeout(killing);
      dynos.delete(dyno);
      return code;
    },
  };
  dynos.add(dyno);
  const isListening = async () => {
    if (hasEnded) throw new Error(`the dyno crashed:\n${output}`);
    return accepts(port);
  };
  await eventually(isListening, { what: 'the dyno listens', timeoutMs: BOOT_DEADLINE_MS });
  return dyno;
}

/** The variables that the deploy button sets. */
function variablesOf(slug: string): Record<string, string> {
  const { env } = JSON.parse(readFileSync(join(slug, 'app.json'), 'utf8')) as {
    env: Record<string, { value?: string; generator?: string }>;
  };
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, { value, generator }]) => {
      const text = generator === 'secret' ? 'generated-secret' : value;
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
