import { expect, it } from 'vitest';
import { formatCursor, parseCursor } from '../src/cursor.ts';

it('parses a formatted cursor', () => {
  const cursor = { offset: 20_007, fingerprint: '0123456789ab' };
  expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
});

it.for([
  '',
  '7',
  '7-',
  '-0123456789ab',
  '07-0123456789ab',
  '-7-0123456789ab',
  '7.5-0123456789ab',
  '7-0123456789AB',
  '7-0123456789abc',
  ' 7-0123456789ab',
  '7-0123456789ab\n',
  '9999999999999999-0123456789ab',
])('takes %j for no cursor', (text) => {
  expect(parseCursor(text)).toBeUndefined();
});
