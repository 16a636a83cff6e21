import { expect, it } from 'vitest';
import { identityOf } from '../src/identity.ts';
import type { Source } from '../src/source.ts';

const source: Source = {
  name: 'example',
  enabled: true,
  url: 'https://example.org/',
  item: 'p',
  fields: { text: { selector: 'b', exclude: 'i' } },
  maxPages: 20,
};

it('ignores the order of fields, and fields of scheduling', () => {
  const reordered = {
    fields: { text: { exclude: 'i', selector: 'b' } },
    item: 'p',
    url: 'https://example.org/',
    name: 'example',
    maxPages: 3,
    enabled: false,
    intervalSeconds: 60,
    politeness: { minDelaySeconds: 5 },
  } satisfies Source;
  expect(identityOf(reordered)).toBe(identityOf(source));
  expect(identityOf(source)).toMatch(/^[\w-]{12}$/);
});

it.for([
  { url: 'https://example.org/quotes' },
  { item: 'li' },
  { fields: { text: 'b' } },
  { next: 'a.next' },
  { mode: 'random' as const },
  { maxItems: 5 },
])('changes with %j', (change) => {
  expect(identityOf({ ...source, ...change })).not.toBe(identityOf(source));
});
