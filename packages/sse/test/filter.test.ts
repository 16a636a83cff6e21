import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFilter, filterKey, matches, NO_FILTER, normalFacets } from '../src/filter.ts';

const facets = normalFacets({ author: ['Jane Austen'], tag: ['Books', 'ﬁction'] });

it('accepts any value of a name', () => {
  expect(matches(createFilter({ tag: ['life', 'books'] }), facets)).toBe(true);
  expect(matches(createFilter({ tag: ['life', 'love'] }), facets)).toBe(false);
});

it('asks for one value of each name', () => {
  expect(matches(createFilter({ author: ['jane austen'], tag: ['books'] }), facets)).toBe(true);
  expect(matches(createFilter({ author: ['jane austen'], tag: ['love'] }), facets)).toBe(false);
});

it('tells no difference of case or of compatible characters', () => {
  expect(matches(createFilter({ tag: ['FICTION'] }), facets)).toBe(true);
  expect(matches(createFilter({ author: ['ＪＡＮＥ austen'] }), facets)).toBe(true);
});

it('does not filter an entry by what it has not', () => {
  const filter = createFilter({ author: ['nobody'] });
  expect(matches(filter, normalFacets({ source: ['a'] }))).toBe(true);
  expect(matches(filter, undefined)).toBe(true);
});

it('accepts no entry that has a name without a value', () => {
  expect(matches(createFilter({ tag: ['books'] }), normalFacets({ tag: [] }))).toBe(false);
});

it('accepts everything without values', () => {
  expect(createFilter({ author: [] })).toEqual(NO_FILTER);
  expect(matches(NO_FILTER, facets)).toBe(true);
});

it('has one key for filters that accept the same, and another for others', () => {
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
