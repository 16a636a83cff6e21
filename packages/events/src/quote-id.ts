import { hash } from 'node:crypto';

/**
 * The id of a quote: 22 base64url characters (128 bits) of the SHA-256 of its normalised text and
 * author, so that another page's quote marks, spaces and capitals make no second quote of it.
 */
export function quoteId({ text, author }: { text: string; author: string }): string {
  const digest = hash('sha256', `${normalise(text)}\0${normalise(author)}`, 'buffer');
  return digest.subarray(0, 16).toString('base64url');
}

function normalise(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[‘’ʼ`´]/g, "'")
    .replaceAll(/[^\p{L}\p{N}\p{M}']+/gu, ' ')
    .replaceAll(/(?<![\p{L}\p{N}])'|'(?![\p{L}\p{N}])/gu, '')
    .trim();
}
