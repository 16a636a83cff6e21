// Starts each service once and ends it, so that Node's compile cache holds their code from then on:
// NODE_COMPILE_CACHE=.compile-cache node scripts/warm-compile-cache.js
// A start that finds it takes about half the CPU and 20 MB less, because no TypeScript is left to strip.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const STANDALONE = 'standalone';
const START_TIMEOUT_MS = 60_000;

/** Resolves with the service's URL once it listens; rejects with what it wrote if it ends before. */
async function untilListening(service, child) {
  const lines = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    const [url] = /http:\/\/[^\s"/]+/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`${service} did not start:\n${lines.join('\n')}`);
}

/** Resolves once a page of the sample site was read, which is done by a thread with modules of its own. */
async function untilQuotes(url) {
  const events = await fetch(`${url}/quoteEvent`, {
    signal: AbortSignal.timeout(START_TIMEOUT_MS),
  });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of events.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes('event: newQuote')) return;
  }
  throw new Error('the stream ended before a quote came');
}

async function startOnce(service) {
  const child = spawn(
    process.execPath,
    ['--env-file=node.env', `services/${service}/src/main.ts`],
    {
      cwd: root,
      // nothing else of the environment: no service may meet a real broker here
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        PORT: '0',
        HOST: '127.0.0.1',
        LOG_LEVEL: 'info',
        DRAIN_SECONDS: '0',
        // a service needs no broker to start, only the address of one; standalone has a bus in memory
        ...(service !== STANDALONE && { AMQP_URL: 'amqp://127.0.0.1:9' }),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: START_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    },
  );
  const ended = once(child, 'exit');
  const url = await untilListening(service, child);
  child.stdout.resume();
  if (service === STANDALONE) await untilQuotes(url);
  child.kill('SIGTERM');
  const [code] = await ended;
  if (code !== 0) throw new Error(`${service} ended with exit code ${code}`);
}

// one after the other: what standalone compiled, the others find
const services = readdirSync(`${root}services`).filter((service) =>
  existsSync(`${root}services/${service}/src/main.ts`),
);
for (const service of new Set([STANDALONE, ...services])) await startOnce(service);
