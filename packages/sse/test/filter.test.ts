import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFilter, filterKey, matches, NO_FILTER, normalFacets } from '../src/filter.ts';

const facets = normalFacets({ author: ['Jane Austen'], tag: ['Books', 'ﬁction'] });

it('accepts any value of a name', () => {
  expect(matches(createFilter({ tag: ['life', 'books'] }), facets)).toBe(true);
  expect(matches(createFilter({ tag: ['life', 'love'] }), facets)).toBe(false);
});

it('requires one value of each name', () => {
  expect(matches(createFilter({ author: ['jane austen'], tag: ['books'] }), facets)).toBe(true);
  expect(matches(createFilter({ author: ['jane austen'], tag: ['love'] }), facets)).toBe(false);
});

it('ignores case and compatibility variants of characters', () => {
  expect(matches(createFilter({ tag: ['FICTION'] }), facets)).toBe(true);
  expect(matches(createFilter({ author: ['ＪＡＮＥ austen'] }), facets)).toBe(true);
});

it('ignores facets that an entry lacks', () => {
  const filter = createFilter({ author: ['nobody'] });
  expect(matches(filter, normalFacets({ source: ['a'] }))).toBe(true);
  expect(matches(filter, undefined)).toBe(true);
});

it('rejects an entry that has the name without a value', () => {
  expect(matches(createFilter({ tag: ['books'] }), normalFacets({ tag: [] }))).toBe(false);
});

it('accepts all entries without values', () => {
  expect(createFilter({ author: [] })).toEqual(NO_FILTER);
  expect(matches(NO_FILTER, facets)).toBe(true);
});

it('gives equal filters the same key, and different filters different keys', () => {
  const values = fc.uniqueArray(fc.string({ maxLength: 3 }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(values, values, (tags, authors) => {
      const one = createFilter({ tag: tags, author: authors });
      const other = createFilter({ author: authors.toReversed(), tag: tags.toReversed() });
      expect(filterKey(one)).toBe(filterKey(other));
      const more = createFilter({ author: authors, tag: [...tags, 'another'] });
      expect(filterKey(more)).not.toBe(filterKey(one));
    }),
  );
});

it('agrees with a comparison of all pairs of values', () => {
  const value = fc.stringMatching(/^[ab=\0]{0,2}$/);
  const values = fc.record({ a: fc.array(value), ab: fc.array(value) }, { requiredKeys: [] });
  const plain = (text: string) => text.replaceAll('\0', ' ');
  fc.assert(
    fc.property(values, values, (wanted, own) => {
      const expected = (['a', 'ab'] as const).every((name) => {
        const accepted = (wanted[name] ?? []).map(plain);
        const had = own[name]?.map(plain);
        return (
          accepted.length === 0 || had === undefined || had.some((one) => accepted.includes(one))
        );
      });
      expect(matches(createFilter(wanted), normalFacets(own))).toBe(expected);
    }),
  );
});
