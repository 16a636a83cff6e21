import { byId, setText } from '/assets/page.js';
import { createElement } from './create-element.js';
import { watchReader } from './reading.js';
import { countOf, sourceItems } from './source-list.js';

/** @import { SourceStatus, Times } from '../types.d.ts' */

const MANY = 6;

/**
 * Takes over the sources that the server has written into the page; returns what shows their news.
 *
 * @param {Times} times
 * @param {() => boolean} isHeld whether the list is to stay as it is
 */
export function createSourcePanel(times, isHeld) {
  const panel = byId('sources', HTMLDetailsElement);
  const list = byId('source-list', HTMLElement);
  /** @type {SourceStatus[]} */
  let statuses = JSON.parse(panel.dataset.statuses ?? '[]');
  let isBehind = false;
  const isWide = matchMedia('(width >= 60rem)');
  panel.open = isWide.matches && statuses.length <= MANY;
  panel.addEventListener('toggle', () => {
    list.style.height = '';
  });
  const isRead = watchReader(list, () => {
    if (isBehind) show([]);
  });

  /** @param {SourceStatus[]} news */
  function show(news) {
    const changed = new Set(news.map(({ source }) => source));
    statuses = [...statuses.filter(({ source }) => !changed.has(source)), ...news];
    setText(byId('source-count', HTMLElement), countOf(statuses));
    isBehind = isHeld() || isRead();
    if (isBehind) return;
    // where the quotes are below it, an open list keeps its height
    if (panel.open && !isWide.matches && list.hasChildNodes())
      list.style.height = getComputedStyle(list).height;
    list.replaceChildren(...sourceItems(createElement, statuses, times));
  }
  return show;
}
