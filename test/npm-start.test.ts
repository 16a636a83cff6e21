import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { childEnv, eventually, freePorts, within } from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

it('gives its port back when SIGTERM goes to the process of npm alone', async () => {
  const [port = 0] = await freePorts(1);
  const env = { ...childEnv(), PORT: String(port), HOST: '127.0.0.1' };
  // a group of its own, so that nothing is left when the test fails
  const npm = spawn('npm', ['start'], { cwd: ROOT, env, stdio: 'ignore', detached: true });
  onTestFinished(() => {
    try {
      process.kill(-(npm.pid ?? Number.NaN), 'SIGKILL');
    } catch {
      // all have ended
    }
  });
  const isUp = () =>
    fetch(`http://127.0.0.1:${port}/livez`).then(
      ({ ok }) => ok,
      () => false,
    );
  await eventually(isUp, { what: 'npm start listens', timeoutMs: 60_000 });
  const ended = once(npm, 'exit');
  npm.kill('SIGTERM');
  await within(ended, { what: 'npm ends' });
  const isDown = await eventually(async () => !(await isUp()), { what: 'its port is free' });
  expect(isDown).toBe(true);
});
