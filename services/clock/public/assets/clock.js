import { showConnection, showOrigin } from '/assets/elements.js';
import { byId } from '/assets/page.js';
import { openStream } from '/client/stream.js';
import { showRaw } from './raw-frames.js';

/** @type {Map<string, (time: string) => void>} what shows the time of each event that the reader listens to */
const clocks = new Map();

for (const name of ['message', 'est', 'pdt']) {
  const clock = byId(name, HTMLElement);
  const show = showOn(clock);
  const toggle = /** @type {HTMLInputElement} */ (clock.querySelector('input'));
  const follow = () => {
    clock.classList.toggle('is-off', !toggle.checked);
    if (toggle.checked) clocks.set(name, show);
    else clocks.delete(name);
  };
  toggle.addEventListener('change', follow);
  // n.b. browsers restore checkboxes when a page is reloaded
  follow();
}

openStream('/clockEvent', {
  events: ['message', 'est', 'pdt'],
  limit: 3,
  // nothing is missed in the background
  restAfterHiddenMs: 0,
  onEvent: ({ name, data }) => clocks.get(name)?.(data),
  onStatus: showConnection,
});

showRaw('/clockEvent?limit=3', {
  frames: byId('raw', HTMLElement),
  toggle: byId('raw-toggle', HTMLButtonElement),
});

showOrigin();

/**
 * @param {HTMLElement} clock
 * @returns {(time: string) => void}
 */
function showOn(clock) {
  const time = /** @type {HTMLTimeElement} */ (clock.querySelector('time'));
  const date = /** @type {HTMLElement} */ (clock.querySelector('.date'));
  const timeZone = clock.dataset.zone ?? 'UTC';
  const zoneNames = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'short' });
  return (moment) => {
    const [day = '', clockTime = ''] = moment.split('T');
    time.dateTime = moment;
    time.textContent = clockTime.slice(0, 8);
    const parts = zoneNames.formatToParts(new Date(moment));
    const zone = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const offset = `UTC${clockTime.slice(8).replace('-', '−')}`;
    date.textContent = `${day}, ${zone === 'UTC' ? zone : `${offset}, ${zone}`}`;
  };
}
