import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseDate } from '../src/parse-date.ts';

it.for([
  ['2026-02-03T04:05:06Z', '2026-02-03T04:05:06.000Z'],
  ['2026-02-03T04:05:06.7891+02:00', '2026-02-03T02:05:06.789Z'],
  ['2026-02-03t04:05-0330', '2026-02-03T07:35:00.000Z'],
  ['2026-02-03 04:05:06', '2026-02-03T04:05:06.000Z'],
  ['2026-02-03', '2026-02-03T00:00:00.000Z'],
  ['Tue, 03 Feb 2026 04:05:06 GMT', '2026-02-03T04:05:06.000Z'],
  ['3 Feb 26 04:05 EST', '2026-02-03T09:05:00.000Z'],
  ['Tue, 03 February 2026 04:05:06 +0100', '2026-02-03T03:05:06.000Z'],
  ['1770091506', '2026-02-03T04:05:06.000Z'],
  ['1770091506789', '2026-02-03T04:05:06.789Z'],
] as const)('reads %s', ([text, date]) => {
  expect(parseDate(text)).toBe(date);
});

it.for([
  '',
  'part 2',
  'yesterday',
  '2026',
  '2026-02-30',
  '2026-13-01',
  '2026-02-03T24:00:00Z',
  '2026-02-03T04:60:00Z',
  '2026-02-03T04:05:06+01:99',
  '30 Feb 2026 00:00:00 GMT',
  '3 Foo 2026 00:00:00 GMT',
  '3 Feb 2026 00:00:00 XYZ',
  '0000-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-01:00',
])('rejects %j as a date', (text) => {
  expect(parseDate(text)).toBeUndefined();
});

it('parses every date that it writes', () => {
  const moments = fc.date({
    noInvalidDate: true,
    min: new Date('0000-01-01'),
    max: new Date('9999-12-31'),
  });
  fc.assert(
    fc.property(moments, (date) => {
      expect(parseDate(date.toISOString())).toBe(date.toISOString());
      expect(parseDate(date.toUTCString())).toBe(date.toISOString().replace(/\.\d+Z/, '.000Z'));
    }),
  );
});
