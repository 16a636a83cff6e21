import { filterOf, matches, normalFacets } from '@quotewire/sse';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { passes } from '../public/assets/search-words.js';
import { QUOTE_FILTERS } from '../src/list-query.ts';

const value = fc.constantFrom('', 'a', 'A', 'ａ', 'ß', 'SS', 'é', 'e\u0301', 'İ', 'ﬁ', 'fi', 'a b');
const values = fc.array(value, { maxLength: 3 });

it('filters on the page as the server filters its stream', () => {
  const cases = fc.record({ source: value, author: value, tags: values });
  const filters = fc.record({ source: values, author: values, tag: values });
  fc.assert(
    fc.property(cases, filters, (fields, filter) => {
      const pairs = Object.entries(filter).flatMap(([name, all]) =>
        all.map((one): [string, string] => [name, one]),
      );
      const facets = { source: [fields.source], author: [fields.author], tag: fields.tags };
      expect(passes(facets, new URLSearchParams(pairs))).toBe(
        matches(filterOf(filter, QUOTE_FILTERS), normalFacets(facets)),
      );
    }),
    { numRuns: 2_000 },
  );
});
