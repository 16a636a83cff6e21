import { byId, openStream } from './connection.js';
import { showRaw } from './raw-frames.js';

/** @type {Map<string, (event: MessageEvent<string>) => void>} what to call for each event that's listened to */
const listeners = new Map();
/** @type {EventSource | undefined} */
let source;

for (const name of ['message', 'est', 'pdt']) {
  const clock = byId(name, HTMLElement);
  const listener = showOn(clock);
  const toggle = /** @type {HTMLInputElement} */ (clock.querySelector('input'));
  const follow = () => {
    clock.classList.toggle('is-off', !toggle.checked);
    if (toggle.checked) {
      listeners.set(name, listener);
      source?.addEventListener(name, listener);
    } else {
      listeners.delete(name);
      source?.removeEventListener(name, listener);
    }
  };
  toggle.addEventListener('change', follow);
  // n.b. browsers restore checkboxes when a page is reloaded
  follow();
}

openStream('/clockEvent?limit=3', (opened) => {
  source = opened;
  for (const [name, listener] of listeners) source.addEventListener(name, listener);
});

showRaw('/clockEvent?limit=3', {
  frames: byId('raw', HTMLElement),
  toggle: byId('raw-toggle', HTMLButtonElement),
});

/**
 * @param {HTMLElement} clock
 * @returns {(event: MessageEvent<string>) => void}
 */
function showOn(clock) {
  const time = /** @type {HTMLTimeElement} */ (clock.querySelector('time'));
  const date = /** @type {HTMLElement} */ (clock.querySelector('.date'));
  return ({ data }) => {
    const [day = '', clockTime = ''] = data.split('T');
    time.dateTime = data;
    time.textContent = clockTime.slice(0, 8);
    date.textContent = `${day}, ${clockTime.slice(8).replace('-', '−')}`;
  };
}
