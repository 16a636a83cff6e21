import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { childEnv, eventually, freePorts, onPath, within } from '@quotewire/testing';

const START_MS = 90_000;

/** A browser with one page, which Playwright can't drive as the distribution builds it. */
export interface OtherBrowser {
  goto(url: string): Promise<void>;
  /** Resolves with the value of an expression on the page, which JSON must be able to carry. */
  evaluate<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

export interface InstalledBrowser {
  readonly name: string;
  /** What is missing to start it; undefined if nothing is. */
  readonly missing: string | undefined;
  readonly launch: () => Promise<OtherBrowser>;
}

/** Firefox and WebKitGTK. */
export const OTHER_BROWSERS: readonly InstalledBrowser[] = [
  { name: 'Firefox', missing: missingOf(['firefox-esr']), launch: launchFirefox },
  { name: 'WebKitGTK', missing: missingOf(['WebKitWebDriver', 'Xvfb']), launch: launchWebKit },
];

function missingOf(commands: readonly string[]): string | undefined {
  return commands.find((command) => onPath(command) === undefined);
}

/** Starts Firefox and drives it by WebDriver BiDi. @see https://w3c.github.io/webdriver-bidi/ */
async function launchFirefox(): Promise<OtherBrowser> {
  await using started = new AsyncDisposableStack();
  const home = await makeHome(started);
  const args = ['--headless', '--no-remote', '--profile', home, '--remote-debugging-port', '0'];
  const env = { ...childEnv(), HOME: home };
  const firefox = spawn('firefox-esr', args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  started.defer(() => end(firefox));
  const address = await matchIn(firefox.stderr, /WebDriver BiDi listening on (\S+)/);
  const socket = new WebSocket(`${address}/session`);
  await once(socket, 'open');
  const answers = new Map<number, (answer: Answer) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer & { id?: number };
    if (answer.id !== undefined) answers.get(answer.id)?.(answer);
  });
  let last = 0;

  async function call<T>(method: string, params: object): Promise<T> {
    last += 1;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    answers.set(last, resolve);
    socket.send(JSON.stringify({ id: last, method, params }));
    const answer = await within(promise, { what: `Firefox answers ${method}` });
    if (answer.type === 'error') throw new Error(`${method}: ${answer.message}`);
    return answer.result as T;
  }

  await call('session.new', { capabilities: {} });
  const tree = await call<{ contexts: { context: string }[] }>('browsingContext.getTree', {});
  const context = tree.contexts[0]?.context;
  const running = started.move();
  return {
    async goto(url) {
      await call('browsingContext.navigate', { context, url, wait: 'complete' });
    },
    async evaluate<T>(expression: string) {
      const target = { context };
      const params = { expression: `JSON.stringify(${expression})`, target, awaitPromise: false };
      const { result } = await call<{ result?: { value: string } }>('script.evaluate', params);
      if (result === undefined) throw new Error(`the page can't evaluate ${expression}`);
      return JSON.parse(result.value) as T;
    },
    async close() {
      socket.close();
      await running.disposeAsync();
    },
  };
}

type Answer = { type: 'success'; result: unknown } | { type: 'error'; message: string };

/** Starts WebKitGTK's browser on a screen of its own, and drives it by WebDriver. @see https://www.w3.org/TR/webdriver2/ */
async function launchWebKit(): Promise<OtherBrowser> {
  await using started = new AsyncDisposableStack();
  const home = await makeHome(started);
  const screen = spawn('Xvfb', ['-displayfd', '1', '-nolisten', 'tcp'], {
    env: childEnv(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  started.defer(() => end(screen));
  const display = await matchIn(screen.stdout, /^(\d+)$/);
  const [port] = await freePorts(1);
  const driver = spawn('WebKitWebDriver', [`--port=${port}`], {
    env: { ...childEnv(), DISPLAY: `:${display}`, HOME: home, XDG_RUNTIME_DIR: home },
    stdio: 'ignore',
  });
  started.defer(() => end(driver));
  const origin = `http://127.0.0.1:${port}`;

  async function call<T>(path: string, body?: object, method = 'POST'): Promise<T> {
    const response = await fetch(`${origin}/session${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(START_MS),
    });
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`WebKit refuses ${path}: ${JSON.stringify(value)}`);
    return value as T;
  }

  await eventually(async () => (await fetch(`${origin}/status`)).ok, {
    what: 'WebKitWebDriver answers',
    timeoutMs: START_MS,
  });
  const { sessionId } = await call<{ sessionId: string }>('', { capabilities: {} });
  const running = started.move();
  return {
    async goto(url) {
      await call(`/${sessionId}/url`, { url });
    },
    async evaluate<T>(expression: string) {
      const script = `return JSON.stringify(${expression})`;
      return JSON.parse(
        await call<string>(`/${sessionId}/execute/sync`, { script, args: [] }),
      ) as T;
    },
    async close() {
      await call(`/${sessionId}`, undefined, 'DELETE').catch(() => {});
      await running.disposeAsync();
    },
  };
}

/** Creates a folder for what a browser stores, which goes with the browser. */
async function makeHome(browser: AsyncDisposableStack): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'quotewire-browser-'));
  browser.defer(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
  return home;
}

/** Resolves with the first group of a pattern in a line of output, and reads the rest away. */
async function matchIn(output: Readable, pattern: RegExp): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  createInterface({ input: output }).on('line', (line) => {
    const found = pattern.exec(line)?.[1];
    if (found !== undefined) resolve(found);
  });
  return within(promise, { what: `a line matches ${pattern}`, timeoutMs: START_MS });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await within(ended, { what: `${child.spawnfile} ends` });
}
