import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quoteId } from '../src/quote-id.ts';

const author = 'Jane Austen';
const idOf = (text: string) => quoteId({ text, author });

it.for([
  ['straight and curly quote marks', '“It’s a truth”', `"It's a truth"`],
  ['spaces', 'It is  a\u00A0truth ', 'It is a truth'],
  ['capitals', 'It Is A Truth', 'it is a truth'],
  ['composed and decomposed letters', 'caf\u00E9', 'cafe\u0301'],
  ['dashes and full stops', 'It is — a truth.', 'It is - a truth'],
])('is the same for other %s', ([, one = '', other = '']) => {
  expect(idOf(one)).toBe(idOf(other));
});

it('differs for other words, and for another author', () => {
  expect(idOf('It is a truth')).not.toBe(idOf('It is the truth'));
  expect(idOf('It is a truth')).not.toBe(quoteId({ text: 'It is a truth', author: 'Mark Twain' }));
  expect(quoteId({ text: 'a', author: 'b c' })).not.toBe(quoteId({ text: 'a b', author: 'c' }));
});

it('keeps an apostrophe within a word', () => {
  expect(idOf("we'll")).not.toBe(idOf('well'));
});

it('has 22 characters that are safe in a URL', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(idOf(text)).toMatch(/^[A-Za-z0-9_-]{22}$/);
    }),
  );
});
