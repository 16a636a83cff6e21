import { hash } from 'node:crypto';

/**
 * The id of a quote: 22 base64url characters (128 bits) of the SHA-256 of its normalised text and
 * author, so that quote marks, spaces and capitals don't distinguish quotes.
 */
export function quoteId({ text, author }: { text: string; author: string }): string {
  const digest = hash('sha256', `${normalise(text)}\0${normalise(author)}`, 'buffer');
  return digest.subarray(0, 16).toString('base64url');
}

// oxlint-disable-next-line eslint/no-control-regex -- ASCII and English punctuation
const IS_SIMPLE = /^[\0-\x7F‘’“”–—]*$/;

function normalise(text: string): string {
  return IS_SIMPLE.test(text) ? normaliseSimple(text) : normaliseAny(text);
}

function normaliseAny(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[‘’ʼ`´]/g, "'")
    .replaceAll(/[^\p{L}\p{N}\p{M}']+/gu, ' ')
    .replaceAll(/(?<![\p{L}\p{N}])'|'(?![\p{L}\p{N}])/gu, '')
    .trim();
}

/** A faster `normaliseAny` for text in NFKC whose only letters are A to Z. */
function normaliseSimple(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[‘’`]/g, "'")
    .replaceAll(/[^a-z0-9']+/g, ' ')
    .replaceAll(/(?<![a-z0-9])'|'(?![a-z0-9])/g, '')
    .trim();
}
