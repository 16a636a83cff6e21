/** @import { History, HistoryOptions } from '../types.d.ts' */

/** How many quotes are asked for at once. */
const PAGE_LENGTH = 50;

/**
 * Fetches a page of what the server holds; rejects with what it says is wrong.
 *
 * @param {URLSearchParams} filters
 * @param {HistoryOptions} [options]
 * @returns {Promise<History>}
 */
export function fetchHistory(filters, { before = null, signal } = {}) {
  const query = new URLSearchParams([...filters, ['limit', `${PAGE_LENGTH}`]]);
  if (before !== null) query.set('before', before);
  return fetchJson(`/quotes?${query}`, signal);
}

/**
 * Fetches JSON; rejects with what the server says is wrong.
 *
 * @param {string} url
 * @param {AbortSignal} [signal]
 */
export async function fetchJson(url, signal = AbortSignal.timeout(15_000)) {
  const response = await fetch(url, { headers: { accept: 'application/json' }, signal });
  const body = await response.json();
  if (!response.ok) throw new Error(body.message ?? `the server answered ${response.status}`);
  return body;
}
