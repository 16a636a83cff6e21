import fc from 'fast-check';
import widthOf from 'string-width';
import { expect, it } from 'vitest';
import { printableJson } from '../src/printable.ts';
import { alignColumns, cut } from '../src/table.ts';

it('aligns columns, whatever the width of their characters', () => {
  const rows = [
    ['a', '格言', 'x'],
    ['bb', 'c', 'y'],
  ];
  expect(alignColumns(rows, { width: 80 })).toEqual(['a   格言  x', 'bb  c     y']);
});

it('cuts the widest columns and leaves the others whole', () => {
  const rows = [['1', 'a text that is much too long', 'Seneca']];
  expect(alignColumns(rows, { width: 24 })).toEqual(['1  a text that…   Seneca']);
});

it('is never wider than it may be while there is room for its columns', () => {
  const row = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '格', ' ', '—') }), {
    minLength: 4,
    maxLength: 4,
  });
  fc.assert(
    fc.property(fc.array(row), fc.integer({ min: 40, max: 200 }), (rows, width) => {
      for (const line of alignColumns(rows, { width }))
        expect(widthOf(line)).toBeLessThanOrEqual(width);
    }),
  );
});

it('escapes terminal control sequences', () => {
  expect(alignColumns([['\u001b[2J', 'x']], { width: 80 })).toEqual([String.raw`\u{1b}[2J  x`]);
});

it('writes JSON that a terminal does not obey, and that is the same value', () => {
  const value = { '\u009b31m': 'a\u202eb\u{e0001}', '\n': ['\u001b'] };
  const text = printableJson(value);
  expect(JSON.parse(text)).toEqual(value);
  for (const character of '\u009b\u202e\u001b\u{e0001}') expect(text).not.toContain(character);
});

it('leaves a text that fits as it is', () => {
  expect(cut('Less is more.', 13)).toBe('Less is more.');
  expect(cut('Less is more.', 12)).toBe('Less is mor…');
});
