import { byId, CONNECTION_WORDS, setText } from './page.js';

/** @import { StreamStatus } from '/client/client.d.ts' */

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
