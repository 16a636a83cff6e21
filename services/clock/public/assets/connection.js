/** @import { StreamStatus } from '/client/client.d.ts' */

/** @type {Record<StreamStatus['state'], { words: string, tone: string }>} */
const STATES = {
  connecting: { words: 'Connecting', tone: 'waiting' },
  live: { words: 'Live', tone: 'good' },
  reconnecting: { words: 'Reconnecting', tone: 'waiting' },
  silent: { words: 'Silent for too long, reconnecting', tone: 'waiting' },
  offline: { words: 'Offline', tone: 'bad' },
  resting: { words: 'Resting in the background', tone: '' },
  paused: { words: 'Paused', tone: '' },
  closed: { words: 'Not connected', tone: '' },
};

/**
 * Shows the state of the page's stream.
 *
 * @param {StreamStatus} status
 */
export function showStatus({ state }) {
  const { words, tone } = STATES[state];
  const line = byId('connection', HTMLElement);
  line.dataset.tone = tone;
  if (line.textContent !== words) line.textContent = words;
}

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no such element as #${id}`);
  return element;
}

for (const element of document.querySelectorAll('.origin')) element.textContent = location.origin;
