import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Source } from '../src/source.ts';
import {
  intervalSecondsOf,
  jitterSecondsOf,
  politenessOf,
  privateHostsOf,
  unmetExpectationOf,
} from '../src/site-policy.ts';

const foreign: Source = {
  name: 'example',
  enabled: true,
  url: 'https://example.org/',
  item: 'p',
  fields: { text: ':scope' },
  maxPages: 20,
};
const own: Source = { ...foreign, url: 'http://127.0.0.1:9000/' };

it("limits foreign sites to one run a minute, whatever the timer's interval", () => {
  expect(intervalSecondsOf(foreign, 1)).toBe(60);
  expect(intervalSecondsOf(foreign, 600)).toBe(600);
  expect(intervalSecondsOf(own, 1)).toBe(1);
});

it('delays a run by at most its share of the interval', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (jitter, random) => {
        const late = jitterSecondsOf({ ...foreign, jitter }, { intervalSeconds: 600, random });
        expect(late).toBeGreaterThanOrEqual(0);
        expect(late).toBeLessThanOrEqual(600 * jitter);
      },
    ),
  );
  expect(jitterSecondsOf(foreign, { intervalSeconds: 600, random: 0.5 })).toBe(30);
});

it('is polite by default', () => {
  expect(politenessOf(foreign)).toEqual({ obeyRobots: true, minDelaySeconds: 1 });
  expect(politenessOf(own)).toEqual({ obeyRobots: true, minDelaySeconds: 0 });
  const explicit = { ...foreign, politeness: { obeyRobots: false, minDelaySeconds: 5 } };
  expect(politenessOf(explicit)).toEqual({ obeyRobots: false, minDelaySeconds: 5 });
});

it('reports a page with less than its source expects', () => {
  const source = { ...foreign, expect: { minItems: 2, minAuthorShare: 0.5 } };
  const [anonymous, named] = [{ author: '' }, { author: 'Ann' }];
  expect(unmetExpectationOf(source, [named])).toContain('1 quotes where at least 2 are expected');
  expect(unmetExpectationOf(source, [anonymous, named])).toBeUndefined();
  expect(unmetExpectationOf(source, [anonymous, anonymous, named])).toContain(
    '33 % of the quotes on the first page have an author where at least 50 % are expected',
  );
});

it('expects a quote by default, and authors if the source selects them', () => {
  const [anonymous, named] = [{ author: '' }, { author: 'Ann' }];
  expect(unmetExpectationOf(foreign, [])).toContain('0 quotes where at least 1 are expected');
  expect(unmetExpectationOf(foreign, [anonymous])).toBeUndefined();
  const source = { ...foreign, fields: { text: ':scope', author: 'b' } };
  expect(unmetExpectationOf(source, [anonymous, named])).toBeUndefined();
  expect(unmetExpectationOf(source, [anonymous])).toContain('0 % of the quotes');
  const explicit = { ...source, expect: { minItems: 0, minAuthorShare: 0 } };
  expect(unmetExpectationOf(explicit, [])).toBeUndefined();
  expect(unmetExpectationOf(explicit, [anonymous])).toBeUndefined();
});

it.for([
  ['a foreign site', foreign, []],
  ['a site on this machine', own, ['127.0.0.1:9000']],
  ['a site on this machine with allowPrivate: false', { ...own, allowPrivate: false }, []],
  ['a site elsewhere with allowPrivate: true', { ...foreign, allowPrivate: true }, ['example.org']],
] as const)(
  "allows a private address only for the operator's own site: %s",
  ([, source, hosts]) => {
    expect([...privateHostsOf([source])]).toEqual(hosts);
  },
);
