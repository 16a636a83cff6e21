import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { zonedTime } from '../src/zoned-time.ts';

const { TZ } = process.env;
afterEach(() => {
  if (TZ === undefined) delete process.env.TZ;
  else process.env.TZ = TZ;
});

it.for([
  ['2026-11-21T07:00:00Z', 'UTC', '2026-11-21T07:00:00+00:00'],
  ['2026-11-21T07:00:00Z', 'America/New_York', '2026-11-21T02:00:00-05:00'],
  ['2026-11-21T07:00:00Z', 'America/Los_Angeles', '2026-11-20T23:00:00-08:00'],
  ['2026-07-01T03:04:05.999Z', 'America/New_York', '2026-06-30T23:04:05-04:00'],
  ['2026-01-01T00:00:00Z', 'Asia/Kathmandu', '2026-01-01T05:45:00+05:45'],
  ['2026-01-01T00:00:00Z', 'America/St_Johns', '2025-12-31T20:30:00-03:30'],
] as const)('writes %s in %s as %s', ([instant, zone, expected]) => {
  expect(zonedTime(Date.parse(instant), zone)).toBe(expected);
});

it.for([
  ['America/New_York', '2026-03-08T06:59:59Z', '2026-03-08T01:59:59-05:00'],
  ['America/New_York', '2026-03-08T07:00:00Z', '2026-03-08T03:00:00-04:00'],
  ['America/Los_Angeles', '2026-03-08T09:59:59Z', '2026-03-08T01:59:59-08:00'],
  ['America/Los_Angeles', '2026-03-08T10:00:00Z', '2026-03-08T03:00:00-07:00'],
] as const)('skips an hour in %s at %s', ([zone, instant, expected]) => {
  expect(zonedTime(Date.parse(instant), zone)).toBe(expected);
});

it.for([
  ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01T01:30:00-04:00'],
  ['America/New_York', '2026-11-01T05:59:59Z', '2026-11-01T01:59:59-04:00'],
  ['America/New_York', '2026-11-01T06:00:00Z', '2026-11-01T01:00:00-05:00'],
  ['America/New_York', '2026-11-01T06:30:00Z', '2026-11-01T01:30:00-05:00'],
  ['America/Los_Angeles', '2026-11-01T08:59:59Z', '2026-11-01T01:59:59-07:00'],
  ['America/Los_Angeles', '2026-11-01T09:00:00Z', '2026-11-01T01:00:00-08:00'],
] as const)('tells the repeated hour in %s apart at %s', ([zone, instant, expected]) => {
  expect(zonedTime(Date.parse(instant), zone)).toBe(expected);
});

it.for(['UTC', 'America/New_York', 'America/Los_Angeles'])(
  'formats the same moment as Date does in %s',
  (zone) => {
    process.env.TZ = zone;
    const from = Date.UTC(1970, 0, 1);
    const to = Date.UTC(2100, 0, 1);
    fc.assert(
      fc.property(fc.integer({ min: from, max: to }), (atMs) => {
        const text = zonedTime(atMs, zone);
        expect(Date.parse(text)).toBe(atMs - (atMs % 1_000));
        const date = new Date(atMs);
        const [, ...fields] =
          /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)[+-]\d\d:\d\d$/.exec(text) ?? [];
        expect(fields.map(Number)).toEqual([
          date.getFullYear(),
          date.getMonth() + 1,
          date.getDate(),
          date.getHours(),
          date.getMinutes(),
          date.getSeconds(),
        ]);
      }),
      { numRuns: 1_000 },
    );
  },
);

it('refuses an unknown zone', () => {
  expect(() => zonedTime(0, 'Mars/Olympus_Mons')).toThrow(RangeError);
});
