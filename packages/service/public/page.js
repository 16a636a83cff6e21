/** @import { StreamStatus } from '/client/client.d.ts' */

/**
 * What a page says of each state of its stream.
 *
 * @type {Readonly<Record<StreamStatus['state'], { words: string, tone: string }>>}
 */
export const CONNECTION_WORDS = {
  connecting: { words: 'Connecting', tone: 'waiting' },
  live: { words: 'Live', tone: 'good' },
  reconnecting: { words: 'Reconnecting', tone: 'waiting' },
  silent: { words: 'Silent for too long, reconnecting', tone: 'waiting' },
  offline: { words: 'Offline', tone: 'bad' },
  resting: { words: 'Resting in the background', tone: '' },
  paused: { words: 'Paused', tone: 'waiting' },
  closed: { words: 'Not connected', tone: '' },
};

/**
 * Writes a text only if it is new: a screen reader reads a status again whenever it is written.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Returns the element with an id; throws if the page has none of that type.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return element;
}
