import { inShort } from './duration.js';

/** @import { Timer, TimerSource } from './timer-api.js' */

/**
 * The rows of the table of sources.
 *
 * @param {Timer} timer
 * @param {number} now by the timer's clock, in milliseconds since 1970
 */
export function createSourceRows({ state, intervalSeconds, sources }, now) {
  return sources.map((source) => {
    const row = document.createElement('tr');
    row.classList.toggle('is-off', !source.enabled);
    const name = document.createElement('th');
    name.scope = 'row';
    name.textContent = source.name;
    row.append(
      name,
      createCell(inShort(source.intervalSeconds ?? intervalSeconds)),
      createCell(nextTick(source, { isRunning: state === 'running', now })),
      createCell(
        source.lastTickAt === null
          ? 'none yet'
          : `${inShort((now - Date.parse(source.lastTickAt)) / 1_000)} ago`,
      ),
    );
    return row;
  });
}

/**
 * @param {TimerSource} source
 * @param {{ isRunning: boolean, now: number }} options
 */
function nextTick({ enabled, nextTickAt }, { isRunning, now }) {
  if (!enabled) return 'switched off';
  if (!isRunning || nextTickAt === null) return 'none';
  const seconds = (Date.parse(nextTickAt) - now) / 1_000;
  return seconds < 1 ? 'now' : `in ${inShort(seconds)}`;
}

/** @param {string} text */
function createCell(text) {
  const cell = document.createElement('td');
  cell.textContent = text;
  return cell;
}
