import { expect, it } from 'vitest';
import { choose, shortIdLength } from '../src/choose.ts';

it('prefers an exact id to a longer one with that prefix', () => {
  const letters = [{ id: 'a' }, { id: 'ab' }, { id: 'a' }];
  expect(choose(letters, ['a'])).toEqual([{ id: 'a' }, { id: 'a' }]);
  expect(choose(letters, ['ab', 'a'])).toEqual(letters);
});

it('shortens ids only as far as they stay distinct', () => {
  expect(shortIdLength([])).toBe(8);
  expect(shortIdLength(['123456789a', '123456789b', '123456789b'])).toBe(10);
});
