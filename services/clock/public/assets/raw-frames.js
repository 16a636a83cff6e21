import { readFrames } from '/assets/raw-frames.js';

const MAX_FRAMES = 60;
const AT_END_PX = 40;

/**
 * Shows a stream as it comes over the wire, until the button stops it. Its connection is open only
 * while the page is visible, and in one tab at a time, since browsers allow six to a server.
 *
 * @param {string} url
 * @param {{ frames: HTMLElement, toggle: HTMLButtonElement }} elements
 */
export function showRaw(url, { frames, toggle }) {
  let isOn = true;
  let reading = new AbortController();

  function update() {
    reading.abort();
    toggle.textContent = isOn ? 'Stop' : 'Start';
    if (!isOn) say('Stopped.');
    else if (!document.hidden) void start();
  }

  async function start() {
    reading = new AbortController();
    const { signal } = reading;
    /** @type {string[]} */
    let newest = [];
    const read = () =>
      readFrames(() => url, {
        signal,
        onOpen() {
          newest = [];
        },
        onFrame(frame) {
          newest = [...newest, `${frame}\n\n`].slice(-MAX_FRAMES);
          const isAtEnd = frames.scrollHeight - frames.scrollTop - frames.clientHeight < AT_END_PX;
          frames.textContent = newest.join('');
          // a reader who has scrolled back keeps the place
          if (isAtEnd) frames.scrollTop = frames.scrollHeight;
        },
        onLost: ({ message }) => say(`Connection lost: ${message}. Reconnecting.`),
      });
    frames.textContent = '';
    await inOneTab(read, signal).catch(({ message }) => {
      if (!signal.aborted) say(`Not connected: ${message}.`);
    });
  }

  /**
   * @param {() => Promise<void>} work
   * @param {AbortSignal} signal
   */
  async function inOneTab(work, signal) {
    // n.b. a page that isn't secure has no locks
    if (!navigator.locks) return work();
    const waiting = setTimeout(() => say('Another tab shows the bytes; this one waits.'), 500);
    const stopWaiting = () => clearTimeout(waiting);
    signal.addEventListener('abort', stopWaiting);
    return navigator.locks.request(`raw ${url}`, { signal }, () => {
      stopWaiting();
      return work();
    });
  }

  /** @param {string} why */
  function say(why) {
    if (frames.lastChild?.textContent === why) return;
    frames.append(document.createElement('hr'), why);
    frames.scrollTop = frames.scrollHeight;
  }

  toggle.addEventListener('click', () => {
    isOn = !isOn;
    update();
  });
  document.addEventListener('visibilitychange', () => {
    if (isOn) update();
  });
  update();
}
