import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { eventually } from '@quotewire/testing';
import { expect, it } from 'vitest';
import { openStream } from './support/open-stream.ts';
import { spawnProcess } from './support/start-process.ts';

const anyPort = { PORT: '0', HOST: '127.0.0.1' };
const linesOf = (output: string) => output.trimEnd().split('\n');

it('prints in six lines its addresses and how to stop it, and publishes quotes by itself', async () => {
  const standalone = spawnProcess('standalone', { env: anyPort });
  await standalone.waitForLine(
    (line) => line.startsWith('To stop:'),
    'the line that says how to stop',
  );
  const lines = linesOf(standalone.output);
  expect(lines).toHaveLength(6);
  const livePage = lines[0]?.match(/http:\S+/)?.[0] ?? '';
  const headers = { accept: 'text/html' };
  for (const line of lines.slice(0, 5)) {
    const page = /http:\S+/.exec(line)?.[0] ?? '';
    expect(await (await fetch(page, { headers })).text()).toContain('aria-current="page"');
  }
  const stream = await eventually(
    async () => {
      const opened = await openStream(new URL('/quoteEvent?limit=5', livePage));
      return opened.events.length > 0 || (await fetch(new URL('/readyz', livePage))).ok
        ? opened
        : undefined;
    },
    { what: 'the stream opens' },
  );
  await eventually(() => stream.events.filter(({ event }) => event === 'newQuote').length >= 3, {
    what: 'three quotes',
  });
  expect(await standalone.terminate()).toBe(0);
  await stream.waitForEnd();
  expect(linesOf(standalone.output).slice(6)).toEqual([]);
});

it('reports a port in use in one line', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const standalone = spawnProcess('standalone', {
    env: { ...anyPort, PORT: String(port) },
  });
  expect(await standalone.waitForExit()).toBe(1);
  server.close();
  expect(linesOf(standalone.output)).toEqual([
    expect.stringContaining(`127.0.0.1:${port} is in use`),
  ]);
});

it.for([
  [{ PORT: 'x' }, 'PORT is "x"'],
  [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL is "loud"'],
  [{ SOURCES_FILE: 'nowhere.json' }, "nowhere.json can't be read"],
  [{ AMQP_URL: 'http://me:secret@host' }, 'AMQP_URL is "http://me:***@host"'],
  [{ AMQP_URL: 'amqp://me:secret@127.0.0.1:1' }, "the broker at 127.0.0.1:1 can't be reached"],
] as const)('reports in one line what is wrong with %j', async ([env, message]) => {
  const standalone = spawnProcess('standalone', { env: { ...anyPort, ...env } });
  expect(await standalone.waitForExit()).toBe(1);
  expect(linesOf(standalone.output)).toEqual([expect.stringContaining(message)]);
  expect(standalone.output).not.toContain('secret');
});

it('refuses to start a single service without a broker, and names the setting', async () => {
  const timer = spawnProcess('timer', { env: { PORT: '0' } });
  expect(await timer.waitForExit()).toBe(1);
  expect(linesOf(timer.output)).toEqual([expect.stringContaining('AMQP_URL is not set')]);
});
