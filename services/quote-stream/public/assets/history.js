/** @import { Quote } from './quote-card.js' */
/** @import { SourceStatus } from './source-list.js' */

/** How many quotes are asked for at once. */
export const PAGE_LENGTH = 50;

/**
 * What the server holds, newest first, and the place in the stream right after it.
 *
 * @typedef {object} History
 * @property {Quote[]} quotes
 * @property {SourceStatus[]} sources
 * @property {string | null} cursor
 */

/**
 * Fetches a page of what the server holds; rejects with what it says is wrong.
 *
 * @param {object} options
 * @param {string | undefined} [options.before] the id of a quote: only older ones
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<History>}
 */
export async function fetchHistory({ before, signal = AbortSignal.timeout(15_000) }) {
  const query = new URLSearchParams({ limit: String(PAGE_LENGTH) });
  if (before !== undefined) query.set('before', before);
  const response = await fetch(`/quotes?${query}`, { signal });
  const body = await response.json();
  if (!response.ok) throw new Error(body.message ?? `the server answered ${response.status}`);
  return body;
}
