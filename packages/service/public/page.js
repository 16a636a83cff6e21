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
 * Shows the state of the page's stream in `#connection`.
 *
 * @param {StreamStatus} status
 */
export function showConnection({ state }) {
  const { words, tone } = CONNECTION_WORDS[state];
  const line = byId('connection', HTMLElement);
  line.dataset.tone = tone;
  setText(line, words);
}

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

/** Fills in the address of the service where the page shows a command to copy. */
export function showOrigin() {
  for (const element of document.querySelectorAll('.origin')) element.textContent = location.origin;
}

/**
 * Creates an element with these properties.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Partial<HTMLElementTagNameMap[Name]>} [properties]
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

/**
 * Makes a sentence of a service's message.
 *
 * @param {unknown} error
 */
export function sentenceOf(error) {
  const message = error instanceof Error ? error.message : String(error);
  // n.b. an address stays as it is
  const first = /^[a-z’']+[ ,]/.test(message) ? message.charAt(0).toUpperCase() : message.charAt(0);
  return `${first}${message.slice(1)}${/[.!?]$/u.test(message) ? '' : '.'}`;
}
