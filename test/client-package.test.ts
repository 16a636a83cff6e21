import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from '@quotewire/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { seenOn, serveStreamSite } from './support/stream-site.ts';

const run = promisify(execFile);
const ROOT = new URL('..', import.meta.url).pathname;
const CLIENT = new URL('../packages/client', import.meta.url).pathname;
/** The most that a page should have to load for a stream. */
const MAX_BYTES = 12_000;

let project: string;
const inProject = (...path: string[]) => join(project, ...path);
const installed = (file: string) => inProject('node_modules/@quotewire/client', file);

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'client-package-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], {
    cwd: CLIENT,
  });
  const packed = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as object;
  const { filename } = Object.values(packed)[0] as { filename: string };
  await writeFile(inProject('package.json'), '{"type": "module"}');
  await run('npm', ['install', '--offline', '--no-audit', inProject(filename)], { cwd: project });
});
afterAll(() => rm(project, { recursive: true }));

it('is one file of at most 12 KB for a page without a bundler', async () => {
  expect((await stat(installed('dist/client.js'))).size).toBeLessThan(MAX_BYTES);
});

it.for(['@quotewire/client', '@quotewire/client/min'])(
  'can be imported as %s, also where there is no page',
  async (name) => {
    const code = `import { openStream } from '${name}'; console.log(typeof openStream);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: project,
    });
    expect(stdout).toBe('function\n');
  },
);

it('has types that a strict project accepts', async () => {
  await writeFile(
    inProject('page.ts'),
    `import { openStream, type StreamStatus } from '@quotewire/client';
     const states: StreamStatus[] = [];
     openStream('/numbers', { limit: 1, onEvent() {}, onStatus: (status) => states.push(status) });
     // @ts-expect-error -- there is no such option
     openStream('/numbers', { onEvent() {}, retries: 3 });`,
  );
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  const options = '--noEmit --strict --lib esnext,dom --module esnext --moduleResolution bundler';
  const { stdout } = await run(tsc, [...options.split(' '), 'page.ts'], { cwd: project });
  expect(stdout).toBe('');
});

describeWithBrowser('the file for pages without a bundler', () => {
  it('keeps a stream in a module script', async () => {
    const client = pathToFileURL(installed('dist/client.js'));
    const site = await serveStreamSite({ client });
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      site.append(2);
      await page.goto(`${site.url}/?load`);
      await eventually(async () => (await seenOn(page)).length === 2, { what: 'what was there' });
      site.append(1);
      await eventually(async () => (await seenOn(page)).length === 3, { what: 'what is new' });
      expect(await seenOn(page)).toEqual([1, 2, 3]);
    } finally {
      await browser.close();
    }
  });
});
