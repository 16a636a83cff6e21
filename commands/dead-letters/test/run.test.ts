import { createRecordingTerminal } from '@quotewire/testing';
import { expect, it } from 'vitest';
import { run } from '../src/run.ts';

async function runHere(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const terminal = createRecordingTerminal();
  const code = await run(args, { env, terminal });
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

it.each([[[]], [['burn']], [['list', 'x']], [['show']], [['retry']], [['drop', 'x', '--all']]])(
  'prints its usage for %j',
  async (args) => {
    const { code, stdout, stderr } = await runHere(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('(npm run dead-letters -- --help lists all)');
  },
);

it('names the setting when no broker is configured, and when none answers', async () => {
  const unset = await runHere(['list']);
  expect(unset.code).toBe(1);
  expect(unset.stderr).toMatch(/^AMQP_URL is not set\. .*\n$/);
  const silent = await runHere(['list'], { AMQP_URL: 'amqp://127.0.0.1:1' });
  expect(silent.code).toBe(1);
  expect(silent.stderr).toMatch(/^can't connect to the broker: .*ECONNREFUSED.*\n$/);
});

it('refuses to drop anything without --yes if nobody can confirm', async () => {
  const refused = await runHere(['drop', '--all'], { AMQP_URL: 'amqp://127.0.0.1:1' });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('add --yes');
});
