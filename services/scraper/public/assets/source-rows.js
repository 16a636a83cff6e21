import { element } from '/assets/elements.js';
import { setText } from '/assets/page.js';
import { ago, conditionOf, exact, factsOf, until } from './source-words.js';

/** @import { SourceView } from './source-words.js' */

/**
 * @typedef {object} Row
 * @property {HTMLTableRowElement} row
 * @property {(source: SourceView, options: Moment) => void} update
 */

/** @typedef {{ now: number, nextTickAt: string | null | undefined }} Moment */

/**
 * Shows sources as the rows of a table. A row is updated in place, and only what is new is written,
 * so that a focus or a selection in it survives.
 *
 * @param {HTMLTableSectionElement} body
 * @param {{ onPreview: (name: string) => void }} options
 */
export function createSourceRows(body, { onPreview }) {
  /** @type {Map<string, Row>} */
  const rows = new Map();

  return {
    /**
     * @param {readonly SourceView[]} sources
     * @param {{ now: number, nextTicks: ReadonlyMap<string, string | null> | undefined }} options
     */
    show(sources, { now, nextTicks }) {
      const shown = new Set(sources.map(({ name }) => name));
      for (const [name, { row }] of rows) {
        if (shown.has(name)) continue;
        row.remove();
        rows.delete(name);
      }
      const isHeld = isInUse(body);
      /** @type {Element | null} */
      let place = body.firstElementChild;
      for (const source of sources) {
        const known = rows.get(source.name);
        const { row, update } = known ?? createRow(source.name, onPreview);
        rows.set(source.name, { row, update });
        update(source, { now, nextTickAt: nextTicks?.get(source.name) });
        if (row === place) place = place.nextElementSibling;
        // a moved row would lose the focus or the selection
        else if (known === undefined || !isHeld) body.insertBefore(row, place);
      }
    },
  };
}

/** @param {HTMLElement} body */
function isInUse(body) {
  const selection = getSelection();
  const isSelected = selection?.type === 'Range' && body.contains(selection.anchorNode);
  return isSelected || body.contains(document.activeElement);
}

/**
 * @param {string} name
 * @param {(name: string) => void} onPreview
 * @returns {Row}
 */
function createRow(name, onPreview) {
  const row = element('tr');
  const head = element('th', { scope: 'row' });
  const site = element('a', { className: 'site', rel: 'noreferrer' });
  head.append(element('span', { className: 'source-name', textContent: name }), site);
  const state = element('span', { className: 'state' });
  const facts = element('ul', { className: 'facts' });
  const stateCell = element('td', { className: 'condition' });
  stateCell.append(state, facts);
  const lastRun = createCell('Last run');
  const lastNews = createCell('Last news');
  const nextTick = createCell('Next tick');
  const preview = element('button', { type: 'button', textContent: 'Preview' });
  preview.setAttribute('aria-label', `Preview ${name}`);
  preview.addEventListener('click', () => onPreview(name));
  const previewCell = element('td', { className: 'action' });
  previewCell.append(preview);
  row.append(head, stateCell, lastRun, lastNews, nextTick, previewCell);

  return {
    row,
    update(source, { now, nextTickAt }) {
      const { words, tone } = conditionOf(source);
      setText(state, words);
      if (state.dataset.tone !== tone) state.dataset.tone = tone;
      row.classList.toggle('is-off', !source.enabled);
      if (site.href !== source.url) {
        site.href = source.url;
        setText(site, URL.parse(source.url)?.host ?? source.url);
      }
      showFacts(facts, factsOf(source, now));
      setText(lastRun, ago(source.lastRunAt, now));
      setTitle(lastRun, source.lastRunAt);
      setText(lastNews, ago(source.newsAt, now));
      setTitle(lastNews, source.newsAt);
      setText(nextTick, source.enabled ? until(nextTickAt, now) : 'none');
    },
  };
}

/** @param {string} label */
function createCell(label) {
  const cell = element('td');
  cell.dataset.label = label;
  return cell;
}

/**
 * @param {HTMLElement} list
 * @param {readonly string[]} facts
 */
function showFacts(list, facts) {
  while (list.children.length > facts.length) list.lastElementChild?.remove();
  for (const [index, fact] of facts.entries()) {
    const item = list.children[index] ?? list.appendChild(element('li'));
    if (item.textContent !== fact) item.textContent = fact;
  }
}

/**
 * @param {HTMLElement} cell
 * @param {string | null} at
 */
function setTitle(cell, at) {
  const title = at === null ? '' : exact(at);
  if (cell.title !== title) cell.title = title;
}
