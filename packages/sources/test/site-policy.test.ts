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

const theirs: Source = {
  name: 'example',
  enabled: true,
  url: 'https://example.org/',
  item: 'p',
  fields: { text: ':scope' },
  maxPages: 20,
};
const own: Source = { ...theirs, url: 'http://127.0.0.1:9000/' };

it("limits foreign sites to one run a minute, whatever the timer's interval", () => {
  expect(intervalSecondsOf(theirs, 1)).toBe(60);
  expect(intervalSecondsOf(theirs, 600)).toBe(600);
  expect(intervalSecondsOf(own, 1)).toBe(1);
});

it('delays a run by at most its share of the interval', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (jitter, random) => {
        const late = jitterSecondsOf({ ...theirs, jitter }, { intervalSeconds: 600, random });
        expect(late).toBeGreaterThanOrEqual(0);
        expect(late).toBeLessThanOrEqual(600 * jitter);
      },
    ),
  );
  expect(jitterSecondsOf(theirs, { intervalSeconds: 600, random: 0.5 })).toBe(30);
});

it('is polite by default', () => {
  expect(politenessOf(theirs)).toEqual({ obeyRobots: true, minDelaySeconds: 1 });
  expect(politenessOf(own)).toEqual({ obeyRobots: true, minDelaySeconds: 0 });
  const told = { ...theirs, politeness: { obeyRobots: false, minDelaySeconds: 5 } };
  expect(politenessOf(told)).toEqual({ obeyRobots: false, minDelaySeconds: 5 });
});

it('reports a page with less than its source expects', () => {
  const source = { ...theirs, expect: { minItems: 2, minAuthorShare: 0.5 } };
  const [anonymous, named] = [{ author: '' }, { author: 'Ann' }];
  expect(unmetExpectationOf(source, [named])).toContain('1 quotes where at least 2 are expected');
  expect(unmetExpectationOf(source, [anonymous, named])).toBeUndefined();
  expect(unmetExpectationOf(source, [anonymous, anonymous, named])).toContain(
    '33 % of the quotes on the first page have an author where at least 50 % are expected',
  );
});

it('expects a quote by default, and authors if the source selects them', () => {
  const [anonymous, named] = [{ author: '' }, { author: 'Ann' }];
  expect(unmetExpectationOf(theirs, [])).toContain('0 quotes where at least 1 are expected');
  expect(unmetExpectationOf(theirs, [anonymous])).toBeUndefined();
  const source = { ...theirs, fields: { text: ':scope', author: 'b' } };
  expect(unmetExpectationOf(source, [anonymous, named])).toBeUndefined();
  expect(unmetExpectationOf(source, [anonymous])).toContain('0 % of the quotes');
  const told = { ...source, expect: { minItems: 0, minAuthorShare: 0 } };
  expect(unmetExpectationOf(told, [])).toBeUndefined();
  expect(unmetExpectationOf(told, [anonymous])).toBeUndefined();
});

it.for([
  ["other people's site", theirs, []],
  ['site on this machine', own, ['127.0.0.1:9000']],
  ['site on this machine that is not to be visited', { ...own, allowPrivate: false }, []],
  ['site that may be private', { ...theirs, allowPrivate: true }, ['example.org']],
] as const)(
  "allows a private address only for the operator's own site: %s",
  ([, source, hosts]) => {
    expect([...privateHostsOf([source])]).toEqual(hosts);
  },
);
