import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LiveSources } from '../src/live-sources.ts';
import { loadSources } from '../src/load-sources.ts';
import type { Source } from '../src/source.ts';

const WAIT = { timeout: 10_000, interval: 20 };
const entry = (name: string, settings: object = {}) => ({
  name,
  url: `https://${name}.example/`,
  item: 'p',
  fields: { text: ':scope' },
  ...settings,
});
const fileOf = (...entries: object[]) => JSON.stringify({ sources: entries });
const namesOf = (sources: readonly Source[]) => sources.map(({ name }) => name);

let folder: string;
let path: string;
let live: LiveSources | undefined;
let heard: string[][];
let outcomes: string[];
let errors: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'live-sources-'));
  path = join(folder, 'sources.json');
  await writeFile(path, fileOf(entry('one')));
  [heard, outcomes, errors] = [[], [], []];
});
afterEach(async () => {
  live?.close();
  live = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** Opens the file; polling alone sees a change after an hour. */
async function open({ pollMs = 3_600_000 } = {}): Promise<LiveSources> {
  const config = { path, sampleSiteUrl: 'http://127.0.0.1:8080' };
  const sources = await loadSources(config);
  live = new LiveSources(config, {
    sources,
    pollMs,
    logger: { info: () => {}, error: (_, message) => errors.push(message) },
    count: (_, { outcome }) => outcomes.push(outcome),
  });
  live.follow(sources, (now) => heard.push(namesOf(now)));
  // a write before the watch starts would already be in the first read
  await live.refresh();
  return live;
}

const hears = (...names: string[]) => vi.waitFor(() => expect(heard.at(-1)).toEqual(names), WAIT);
const refuses = (problem: string) =>
  vi.waitFor(() => expect(live?.view().problems.join('\n')).toContain(problem), WAIT);

it.for([
  ['writes it', (text: string) => writeFile(path, text)],
  [
    'puts another in its place',
    async (text: string) => {
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
    },
  ],
  [
    'moves it away and writes it again',
    async (text: string) => {
      await rename(path, `${path}~`);
      await writeFile(path, text);
    },
  ],
  [
    'deletes it and writes it again',
    async (text: string) => {
      await rm(path);
      await writeFile(path, text);
    },
  ],
] as const)('reloads the sources each time an editor %s', async ([, save]) => {
  const sources = await open();
  await save(fileOf(entry('one'), entry('two')));
  await hears('one', 'two');
  await save(fileOf(entry('three')));
  await hears('three');
  expect(namesOf(sources.current)).toEqual(['three']);
  expect(new Set(outcomes)).toContain('loaded');
});

it('notices a change without an event by polling', async () => {
  // the target of a link changes in another folder
  const elsewhere = await mkdtemp(join(tmpdir(), 'live-sources-'));
  const target = join(elsewhere, 'real.json');
  await rename(path, target);
  await symlink(target, path);
  const sources = await open({ pollMs: 50 });
  await writeFile(target, fileOf(entry('two')));
  await hears('two');
  expect(namesOf(sources.current)).toEqual(['two']);
  await rm(elsewhere, { recursive: true });
});

it('keeps the objects of unchanged sources', async () => {
  const sources = await open();
  const [one] = sources.current;
  await writeFile(path, fileOf(entry('two'), entry('one')));
  await hears('two', 'one');
  expect(sources.current[1]).toBe(one);
  await writeFile(path, fileOf(entry('two'), entry('one', { maxPages: 3 })));
  await vi.waitFor(() => expect(sources.current[1]).toMatchObject({ maxPages: 3 }), WAIT);
});

it('ignores a rewrite with equal sources', async () => {
  const sources = await open();
  const before = sources.current;
  await writeFile(path, JSON.stringify({ sources: [entry('one', { enabled: true })] }, null, 4));
  await sources.refresh();
  expect(sources.current).toBe(before);
  expect([heard, outcomes]).toEqual([[], []]);
});

it.for([
  ['is half written', fileOf(entry('two')).slice(0, -20), 'is not JSON'],
  ['has a wrong entry', fileOf(entry('one'), entry('two', { maxPages: 0 })), '/sources/1/maxPages'],
  ['has no sources', '{}', '/ must be {"sources": [...]}'],
] as const)('refuses a file that %s, and keeps the previous sources', async ([, text, problem]) => {
  const sources = await open();
  const before = sources.current;
  await writeFile(path, text);
  await refuses(problem);
  expect(sources.current).toBe(before);
  expect([heard, outcomes]).toEqual([[], ['refused']]);
  await writeFile(path, fileOf(entry('two')));
  await hears('two');
  expect(sources.view().problems).toEqual([]);
});

it('names every error in one log line, once', async () => {
  const sources = await open();
  const text = fileOf(entry('one', { maxPages: 0 }), entry('two', { item: 'p[' }));
  await writeFile(path, text);
  await refuses('/sources/1/item');
  await writeFile(path, `${text}\n`);
  await sources.refresh();
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain('/sources/0/maxPages');
  expect(errors[0]).toContain('/sources/1/item');
  expect(errors[0]).not.toContain('\n');
});

it('keeps the sources while the file is missing', async () => {
  const sources = await open();
  await rm(path);
  await refuses("can't be read");
  expect(namesOf(sources.current)).toEqual(['one']);
  await writeFile(path, fileOf(entry('one')));
  await vi.waitFor(() => expect(sources.view().problems).toEqual([]), WAIT);
  expect(heard).toEqual([]);
});

it('reads the file at once on refresh', async () => {
  const sources = await open();
  await writeFile(path, fileOf(entry('two')));
  await sources.refresh();
  expect(heard).toEqual([['two']]);
});

it('calls a late listener with the missed change', async () => {
  const sources = await open();
  const before = sources.current;
  await writeFile(path, fileOf(entry('two')));
  await sources.refresh();
  const late: string[][] = [];
  sources.follow(before, (now) => late.push(namesOf(now)));
  sources.follow(sources.current, (now) => late.push(['again', ...namesOf(now)]));
  expect(late).toEqual([['two']]);
});

it('reads nothing after it is closed', async () => {
  const sources = await open({ pollMs: 10 });
  sources.close();
  await writeFile(path, fileOf(entry('two')));
  await sources.refresh();
  expect(heard).toEqual([]);
});
