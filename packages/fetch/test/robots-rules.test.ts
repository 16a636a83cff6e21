import fc from 'fast-check';
import robotsParser from 'robots-parser';
import { expect, it } from 'vitest';
import { parseRules } from '../src/robots-rules.ts';

const parse = robotsParser as unknown as typeof robotsParser.default;
const origin = 'https://example.org';
const allows = (text: string, path: string) => parseRules(text).allows(origin + path);

it.for([
  ['Disallow: /', '/a', false],
  ['Disallow:', '/a', true],
  ['Disallow: /private/', '/private/a', false],
  ['Disallow: /private/', '/privateer', true],
  ['Disallow: /*.php$', '/a/b.php', false],
  ['Disallow: /*.php$', '/a/b.php?c', true],
  ['Disallow: /a*b*c', '/a-b-b-c-d', false],
  ['Disallow: /a*b*c', '/a-c-b', true],
  ['Disallow: /fish$', '/fish', false],
  ['Disallow: /a*a$', '/a', true],
  ['Disallow: /p\nAllow: /page', '/page', true],
  ['Allow: /page\nDisallow: /*.htm', '/page.htm', false],
  ['Allow: /a\nDisallow: /a', '/a', true],
  ['Disallow: /%7Ejoe', '/~joe', false],
  ['Disallow: /ü', '/%C3%BC', false],
  ['Disallow: /?q=', '/?q=1', false],
  ['disallow : /a # all of it', '/a', false],
] as const)('by "%s" says of %s: %s', ([rules, path, isAllowed]) => {
  expect(allows(`User-agent: *\n${rules}`, path)).toBe(isAllowed);
});

it('merges all groups of our product token, and ignores others', () => {
  const text = `User-agent: a
User-agent: QuoteWire/1.0
Disallow: /1
User-agent: *
Disallow: /
User-agent: quotewire
Disallow: /2
Crawl-delay: 7.5`;
  expect([allows(text, '/1'), allows(text, '/2'), allows(text, '/3')]).toEqual([
    false,
    false,
    true,
  ]);
  expect(parseRules(text).crawlDelayMs).toBe(7_500);
});

it('allows everything without rules', () => {
  expect(allows('', '/a')).toBe(true);
  expect(allows('<html>not found</html>', '/a')).toBe(true);
  expect(allows('Disallow: /', '/a')).toBe(true);
});

it('agrees with another parser on ordinary rules', () => {
  const piece = fc.constantFrom('/', 'a', 'b', '*', '.', '?', '=');
  const pattern = fc
    .array(piece, { minLength: 1, maxLength: 8 })
    .map((pieces) => `/${pieces.join('')}`);
  const path = fc.array(fc.constantFrom('/', 'a', 'b', '.'), { maxLength: 8 });
  const rule = fc.record({
    field: fc.constantFrom('Allow', 'Disallow'),
    pattern: fc.tuple(pattern, fc.constantFrom('', '$')).map((parts) => parts.join('')),
  });
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 6 }), path, (rules, pieces) => {
      const lines = rules.map(({ field, pattern: one }) => `${field}: ${one}`);
      const text = ['User-agent: *', ...lines].join('\n');
      const url = `${origin}/${pieces.join('')}`;
      const theirs = parse(`${origin}/robots.txt`, text).isAllowed(url, 'Quotewire') !== false;
      expect(parseRules(text).allows(url)).toBe(theirs);
    }),
    { numRuns: 5_000 },
  );
});

it('visits each position of a path a bounded number of times, whatever the rules', () => {
  // a backtracking matcher would take minutes, and exceed the test's timeout
  const hostile = [
    `Disallow: /${'*'.repeat(250_000)}x`,
    ...Array.from({ length: 20_000 }, (_, index) => `Disallow: /*a*${index}`),
    `Disallow: /${'a*'.repeat(100_000)}x`,
  ].join('\n');
  const rules = parseRules(`User-agent: *\n${hostile}`);
  for (let n = 0; n < 20; n += 1) expect(rules.allows(`${origin}/${'a'.repeat(8_000)}`)).toBe(true);
});
