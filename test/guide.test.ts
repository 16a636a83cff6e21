import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { childEnv, eventually, within } from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { openStream, type StreamClient } from './support/open-stream.ts';

const ROOT = join(import.meta.dirname, '..');
const FILE = join(ROOT, 'examples/own-feed.ts');

async function start() {
  const child = spawn(process.execPath, [FILE], {
    env: { ...childEnv(), PORT: '0', HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'close');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const url = await eventually(() => /listening at (http:[^"\s]+)/.exec(output)?.[1], {
    what: 'the example listens',
  });
  return {
    url,
    async terminate() {
      child.kill('SIGTERM');
      const [code] = await within(exited, { what: 'the example ends' });
      return code as number | null;
    },
  };
}
const loadsOn = ({ events }: StreamClient) => events.filter(({ data }) => data?.includes('load'));
const receives = (stream: StreamClient, count: number) =>
  eventually(() => loadsOn(stream).length >= count, { what: `${count} events` });

it('shows the example in full, in at most 40 lines', () => {
  const guide = readFileSync(join(ROOT, 'docs/guides/own-feed.md'), 'utf8');
  const example = readFileSync(FILE, 'utf8');
  expect(/```ts\n(.*?)```/s.exec(guide)?.[1]).toBe(example);
  expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
});

it('streams, resumes after a cursor, sends a gap after a restart, and ends cleanly', async () => {
  const feed = await start();
  const stream = await openStream(`${feed.url}/load`);
  await receives(stream, 2);
  expect(loadsOn(stream).every(({ id, event }) => id !== undefined && event === undefined)).toBe(
    true,
  );
  const [first, second] = loadsOn(stream);
  const headers = { 'last-event-id': first?.id ?? '' };
  const resumed = await openStream(`${feed.url}/load`, { headers });
  await receives(resumed, 1);
  expect(loadsOn(resumed)[0]).toEqual(second);
  expect(await feed.terminate()).toBe(0);
  await resumed.waitForEnd();

  const again = await start();
  const back = await openStream(`${again.url}/load`, { headers });
  await back.waitFor(({ event }) => event === 'gap', 'a gap');
  await receives(back, 1);
  await back.close();
  expect(await again.terminate()).toBe(0);
});
