/** @import { Quote } from '../types.d.ts' */

/**
 * The words of a search, without accents and capitals.
 *
 * @param {string} search
 */
export function wordsOf(search) {
  return plain(search).split(/\s+/u).filter(Boolean);
}

/**
 * Whether all words occur in a quote.
 *
 * @param {Quote} quote
 * @param {string[]} words from `wordsOf`
 */
export function hasWords({ text, author, tags }, words) {
  if (words.length === 0) return true;
  const found = plain([text, author, ...tags].join('\n'));
  return words.every((word) => found.includes(word));
}

/**
 * Whether facets pass the filters of a query, as the server compares them.
 *
 * @param {Record<string, string[]>} facets
 * @param {URLSearchParams} query
 */
export function passes(facets, query) {
  return Object.entries(facets).every(([name, values]) => {
    const accepted = query.getAll(name).map(folded);
    return accepted.length === 0 || values.some((value) => accepted.includes(folded(value)));
  });
}

/** @param {string} value */
const folded = (value) => value.normalize('NFKC').toLowerCase();

/** @param {string} text */
function plain(text) {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
