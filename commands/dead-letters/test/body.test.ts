import { expect, it } from 'vitest';
import { extendExpiry, formatBody } from '../src/body.ts';

it('extends only expiries that are earlier', () => {
  const until = new Date('2030-01-01T00:00:00Z');
  const bodyWith = (expiresAt: string) => Buffer.from(JSON.stringify({ data: { expiresAt } }));
  const later = bodyWith('2031-01-01T00:00:00.000Z');
  expect(extendExpiry(later, until)).toBe(later);
  expect(extendExpiry(bodyWith('2029-01-01T00:00:00.000Z'), until)).toEqual(
    bodyWith('2030-01-01T00:00:00.000Z'),
  );
  const garbage = Buffer.from('null');
  expect(extendExpiry(garbage, until)).toBe(garbage);
});

it('strips control sequences from a body', () => {
  expect(formatBody(Buffer.from('a\u001b[2J\nb'))).toBe('a\\u{1b}[2J\nb');
  expect(formatBody(Buffer.from('"\u202e"'))).toBe('"\\u{202e}"');
});
