import { expect, it } from 'vitest';
import { choose, shortIdLength } from '../src/choose.ts';

it('chooses by a whole id, even where it begins another', () => {
  const letters = [{ id: 'a' }, { id: 'ab' }, { id: 'a' }];
  expect(choose(letters, ['a'])).toEqual([{ id: 'a' }, { id: 'a' }]);
  expect(choose(letters, ['ab', 'a'])).toEqual(letters);
});

it('cuts ids only as far as they differ', () => {
  expect(shortIdLength([])).toBe(8);
  expect(shortIdLength(['123456789a', '123456789b', '123456789b'])).toBe(10);
});
