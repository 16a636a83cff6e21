import { inShort } from '/assets/duration.js';
import { element } from '/assets/elements.js';
import { setText } from '/assets/page.js';

/** @import { Timer, TimerSource } from './timer-api.js' */

/** @typedef {{ row: HTMLTableRowElement, cells: readonly HTMLTableCellElement[] }} Row */

/**
 * Shows the sources as the rows of a table. A row is updated in place, and only what is new is
 * written, so that a selection in it survives.
 *
 * @param {HTMLTableSectionElement} body
 */
export function createSourceRows(body) {
  /** @type {Map<string, Row>} */
  const rows = new Map();

  return {
    /**
     * @param {Timer} timer
     * @param {number} now by the timer's clock, in milliseconds since 1970
     */
    show({ state, sources }, now) {
      const shown = new Set(sources.map(({ name }) => name));
      for (const [name, { row }] of rows) {
        if (shown.has(name)) continue;
        row.remove();
        rows.delete(name);
      }
      for (const [index, source] of sources.entries()) {
        const { row, cells } = rows.get(source.name) ?? createRow(source.name);
        rows.set(source.name, { row, cells });
        row.classList.toggle('is-off', !source.enabled);
        for (const [column, text] of textsOf(source, { state, now }).entries()) {
          const cell = cells[column];
          if (cell !== undefined) setText(cell, text);
        }
        if (body.rows[index] !== row) body.insertBefore(row, body.rows[index] ?? null);
      }
    },
  };
}

/**
 * @param {string} name
 * @returns {Row}
 */
function createRow(name) {
  const row = element('tr');
  row.append(element('th', { scope: 'row', textContent: name }));
  return { row, cells: [row.insertCell(), row.insertCell(), row.insertCell()] };
}

/**
 * @param {TimerSource} source
 * @param {{ state: Timer['state'], now: number }} options
 */
function textsOf({ enabled, everySeconds, nextTickAt, lastTickAt }, { state, now }) {
  return [
    inShort(everySeconds),
    enabled ? nextTick(state === 'running' ? nextTickAt : null, now) : 'disabled',
    lastTickAt === null ? 'none yet' : `${inShort((now - Date.parse(lastTickAt)) / 1_000)} ago`,
  ];
}

/**
 * @param {string | null} at
 * @param {number} now
 */
function nextTick(at, now) {
  if (at === null) return 'none';
  const seconds = (Date.parse(at) - now) / 1_000;
  return seconds < 1 ? 'now' : `in ${inShort(seconds)}`;
}
