import { timeOf } from './relative-time.js';

/** @import { SourcePart, SourcesPart, SourceStatus } from '../types.d.ts' */

const TONES = new Map([
  ['ok', 'good'],
  ['not-modified', 'good'],
  ['exhausted', 'good'],
  ['stale', 'waiting'],
  ['blocked', 'bad'],
  ['broken', 'bad'],
  ['failing', 'bad'],
]);
const RANKS = ['bad', 'waiting', 'good'];
const MANY = 6;

/** @param {SourceStatus} status */
const toneOf = ({ state }) => TONES.get(state) ?? 'waiting';

/**
 * The sources and their states: those in trouble first, then by name.
 *
 * @type {SourcesPart}
 */
export function sourcePanel(make, statuses, times, { isOpen = statuses.length <= MANY } = {}) {
  /** @param {SourceStatus} status */
  const rank = (status) => RANKS.indexOf(toneOf(status));
  const sorted = [...statuses].sort(
    (a, b) => rank(a) - rank(b) || a.source.localeCompare(b.source, 'en', { numeric: true }),
  );
  const bad = statuses.filter((status) => toneOf(status) === 'bad').length;
  const count = statuses.length === 1 ? '1 source' : `${statuses.length} sources`;
  return make(
    'details',
    { open: isOpen },
    make('summary', { class: 'label' }, bad === 0 ? count : `${count}, ${bad} in trouble`),
    make('ul', {}, ...sorted.map((status) => sourceItem(make, status, times))),
  );
}

/** @type {SourcePart} */
function sourceItem(make, status, times) {
  const { source, state, since, detail } = status;
  const href = `/?${new URLSearchParams({ source })}`;
  return make(
    'li',
    { 'data-source': source, 'data-state': state, 'data-since': since, 'data-detail': detail },
    make(
      'p',
      { class: 'source-name state', 'data-tone': toneOf(status) },
      make('a', { href }, make('bdi', {}, source)),
    ),
    make('p', {}, `${state.replaceAll('-', ' ')} since `, timeOf(make, since, times)),
    detail === '' ? undefined : make('p', { class: 'detail' }, detail),
  );
}

/**
 * Reads the states back that the server has written into the page.
 *
 * @param {HTMLElement} section
 * @returns {SourceStatus[]}
 */
export function statusesIn(section) {
  return [...section.querySelectorAll('li')].map(({ dataset }) => {
    const { source = '', state = '', since = '', detail = '' } = dataset;
    return { source, state, since, detail };
  });
}
