import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, SERVICE_OPTIONS } from '@quotewire/testing';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const OPTION = '--env-file=node.env';
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

it('starts every service with the options of node.env, in any way', () => {
  const { scripts } = JSON.parse(read('package.json')) as {
    scripts: { start: string; service: string };
  };
  for (const command of [scripts.start, scripts.service, read('Procfile')]) {
    expect(command).toContain(`node ${OPTION} `);
  }
  const dockerfile = read('Dockerfile');
  expect(dockerfile).toMatch(/^COPY .*\bnode\.env\b/m);
  expect(dockerfile).toContain(`exec node ${OPTION} services/$SERVICE/`);
});

it('bounds the young generation of a process that starts with node.env', () => {
  const heapLimitOf = (env: Record<string, string>, options: readonly string[] = []) => {
    const args = [...options, '-p', 'v8.getHeapStatistics().heap_size_limit'];
    return Number(execFileSync(process.execPath, args, { encoding: 'utf8', env }));
  };
  const [, option = ''] = /^NODE_OPTIONS=(.*)$/m.exec(read('node.env')) ?? [];
  expect(heapLimitOf({}, SERVICE_OPTIONS)).toBe(heapLimitOf({ NODE_OPTIONS: option }));
  expect(heapLimitOf({}, SERVICE_OPTIONS)).toBeLessThan(heapLimitOf({}));
});

it('strips no TypeScript that an earlier start has stripped', async () => {
  const start = () =>
    spawnSync(process.execPath, ['scripts/service.js', 'clock', '--help'], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' },
    }).stderr;
  // n.b. other processes of the checkout write the same files
  const read = await eventually(
    () => {
      const lines = start()
        .split('\n')
        .filter((line) => line.startsWith('[compile cache] reading cache') && line.includes('.ts'));
      return lines.every((line) => line.includes('success')) && lines;
    },
    { what: 'a start finds all its code' },
  );
  expect(read.length).toBeGreaterThan(20);
});
