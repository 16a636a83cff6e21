import { expect, it } from 'vitest';
import { parseRetryAfter } from '../src/headers.ts';

const NOW_MS = Date.parse('2026-01-01T00:00:00Z');

it.for([
  ['120', 120_000],
  [' 0 ', 0],
  ['Thu, 01 Jan 2026 01:00:00 GMT', 3_600_000],
  ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
  ['99999999999', 7 * 86_400_000],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
] as const)('reads %o', ([header, expected]) => {
  expect(parseRetryAfter(header, NOW_MS)).toBe(expected);
});
