import { element } from '/assets/elements.js';
import { counted } from './source-words.js';

/**
 * @typedef {object} Found
 * @property {{ text: string, author: string, tags: string[] }[]} quotes
 * @property {{ text: string, reason: string }[]} dropped
 * @property {{ field: string, value: string, reason: string }[]} ignored
 * @property {string} [nextUrl]
 * @property {string} [nextProblem]
 * @property {number} itemCount
 * @property {string} charset
 * @property {boolean} isCharsetSuspect
 * @property {string[]} [notes]
 */

const SHOWN_QUOTES = 20;
const SHOWN_REASONS = 10;

/**
 * Shows what would be published of a page, and what not and why.
 *
 * @param {HTMLElement} place
 * @param {Found} found
 */
export function showFound(place, found) {
  const { quotes, dropped, ignored, notes = [] } = found;
  const reasons = [
    ...dropped.map(({ text, reason }) => `Dropped, ${reason}: ${text}`),
    ...ignored.map(({ field, value, reason }) => `Left out, ${field}, ${reason}: ${value}`),
  ];
  const list = element('ul', { className: 'facts' });
  const facts = [...notes, ...pageFactsOf(found), ...reasons.slice(0, SHOWN_REASONS)];
  if (reasons.length > SHOWN_REASONS) facts.push(`And ${reasons.length - SHOWN_REASONS} more.`);
  for (const fact of facts) list.append(element('li', { textContent: fact }));
  const summary = element('p', { className: 'state', textContent: summaryOf(found) });
  summary.dataset.tone = quotes.length === 0 ? 'bad' : 'good';
  place.replaceChildren(summary, ...(quotes.length === 0 ? [] : [tableOf(quotes)]), list);
}

/** @param {Found} found */
function summaryOf({ quotes, itemCount }) {
  if (quotes.length > 0)
    return `${counted(quotes.length, 'quote')} would be published, of ${counted(itemCount, 'item')}.`;
  const why =
    itemCount === 0
      ? 'item finds nothing on this page'
      : `all of ${counted(itemCount, 'item')} are dropped, look at fields`;
  return `Nothing would be published: ${why}.`;
}

/** @param {Found} found */
function pageFactsOf({ nextUrl, nextProblem, charset, isCharsetSuspect }) {
  return [
    `Next page: ${nextUrl ?? nextProblem ?? 'none'}`,
    ...(isCharsetSuspect
      ? [`The bytes don’t fit the charset ${charset}: words may be garbled.`]
      : []),
  ];
}

/** @param {Found['quotes']} quotes */
function tableOf(quotes) {
  const hasTags = quotes.some(({ tags }) => tags.length > 0);
  const table = element('table', { className: 'quotes' });
  const head = table.createTHead().insertRow();
  for (const name of ['Text', 'Author', ...(hasTags ? ['Tags'] : [])])
    head.append(element('th', { scope: 'col', textContent: name }));
  const body = table.createTBody();
  for (const { text, author, tags } of quotes.slice(0, SHOWN_QUOTES)) {
    const row = body.insertRow();
    for (const value of [text, author, ...(hasTags ? [tags.join(', ')] : [])])
      row.append(element('td', { textContent: value, dir: 'auto' }));
  }
  const left = quotes.length - SHOWN_QUOTES;
  if (left > 0) {
    const cell = body.insertRow().insertCell();
    cell.colSpan = 3;
    cell.textContent = `And ${left} more.`;
  }
  return table;
}
