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

/** @param {SourceStatus} status */
const toneOf = ({ state }) => TONES.get(state) ?? 'waiting';

/** @param {SourceStatus[]} statuses */
export function countOf(statuses) {
  const { length } = statuses;
  const bad = statuses.filter((status) => toneOf(status) === 'bad').length;
  const count = `${length || 'No'} source${length === 1 ? '' : 's'}`;
  return bad === 0 ? count : `${count}, ${bad} in trouble`;
}

/**
 * The sources and their states: those in trouble first, then by name.
 *
 * @type {SourcesPart}
 */
export function sourceItems(make, statuses, times) {
  /** @param {SourceStatus} status */
  const rank = (status) => RANKS.indexOf(toneOf(status));
  return statuses
    .toSorted(
      (a, b) => rank(a) - rank(b) || a.source.localeCompare(b.source, 'en', { numeric: true }),
    )
    .map((status) => sourceItem(make, status, times));
}

/** @type {SourcePart} */
function sourceItem(make, status, times) {
  const { source, state, since, detail } = status;
  const href = `/?${new URLSearchParams({ source })}`;
  return make(
    'li',
    {},
    make(
      'p',
      { class: 'source-name state', 'data-tone': toneOf(status) },
      make('a', { href }, make('bdi', {}, source)),
    ),
    make('p', {}, `${state.replaceAll('-', ' ')} since `, timeOf(make, since, times)),
    detail === '' ? undefined : make('p', { class: 'detail' }, detail),
  );
}
