import { createHash } from 'node:crypto';
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

/** What an id is a hash of, whatever the script. */
function normalised(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[‘’ʼ`´]/g, "'")
    .replaceAll(/[^\p{L}\p{N}\p{M}']+/gu, ' ')
    .replaceAll(/(?<![\p{L}\p{N}])'|'(?![\p{L}\p{N}])/gu, '')
    .trim();
}

it('applies one rule to English text and to any other', () => {
  const ascii = fc.string({ unit: 'binary-ascii' });
  const english = fc.string({ unit: fc.constantFrom(...`ab Z9'\`‘’“”–—.-_\t\n`.split('')) });
  const mixed = fc.string({ unit: fc.constantFrom(...`aB9 '’”´éÉﬁ…²\u0301\u00A0`.split('')) });
  fc.assert(
    fc.property(fc.oneof(ascii, english, mixed), (text) => {
      const hashed = createHash('sha256')
        .update(`${normalised(text)}\0jane austen`)
        .digest();
      expect(idOf(text)).toBe(hashed.subarray(0, 16).toString('base64url'));
    }),
  );
});

it('differs for other words and for another author', () => {
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
