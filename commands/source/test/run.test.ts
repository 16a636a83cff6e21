import { beforeEach, expect, it } from 'vitest';
import { serveWiseSite, type WiseSite } from './support/wise-site.ts';

let wise: WiseSite;

beforeEach(async () => {
  wise = await serveWiseSite();
});

it('prints its usage', async () => {
  expect(await wise.run('--help')).toMatchObject({ code: 0, stderr: '' });
  expect((await wise.run('add', '--help')).stdout).toContain('npm run source -- add <url | file>');
});

it('names what is wrong with its arguments, and fails', async () => {
  const { code, stdout, stderr } = await wise.run('publish');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('there is no verb "publish"');
  expect(stderr).toContain('npm run source -- --help');
});

it.for([
  [['try', 'wise', '--source', '{"item"'], '--source is not JSON'],
  [['try', 'wise', '--base-url', 'https://x.example/'], '--base-url and --content-type are for'],
  [['add', 'page.html'], '--base-url has to say where page.html was found'],
  [['add', 'https://example.org/'], "there's no terminal to ask on"],
] as const)('rejects %j', async ([args, complaint]) => {
  const { code, stderr } = await wise.run(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(complaint);
});
