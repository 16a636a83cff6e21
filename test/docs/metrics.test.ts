import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDocument, ROOT } from './documents.ts';

/** The names of all counters, gauges and histograms that packages and services declare. */
function metricsInCode(): string[] {
  const names = globSync('{packages,services}/*/src/**/*.ts', { cwd: ROOT }).flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const counters = text.matchAll(/^ +(\w+_total): \{/gm);
    const gauges = text.matchAll(/\.(?:gauges?|histogram)\('(\w+)'/g);
    return [...counters, ...gauges].map(([, name = '']) => name);
  });
  return [...new Set(names)].toSorted();
}

it('lists every metric, and no other', () => {
  const { text } = readDocument('docs/reference/metrics.md');
  const inDocument = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);
  expect(inDocument.length).toBeGreaterThan(20);
  expect(inDocument.toSorted()).toEqual(metricsInCode());
});
