const MAX_FRAMES = 60;
const AT_END_PX = 40;
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Shows a stream as it comes over the wire, until the button stops it. Its connection is open only
 * while the page is visible, and in one tab at a time, since browsers allow six to a server; a lost
 * one is opened again, with backoff and full jitter.
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
    frames.textContent = '';
    reading = new AbortController();
    const { signal } = reading;
    let attempt = 0;
    const readOnce = async () => {
      await read(signal, () => {
        attempt = 0;
      });
      throw new Error('the server has closed it');
    };
    while (!signal.aborted) {
      try {
        await inOneTab(readOnce, signal);
      } catch (error) {
        if (signal.aborted) return;
        say(`Connection lost: ${/** @type {Error} */ (error).message}. Reconnecting.`);
      }
      const ceilingMs = Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** attempt);
      attempt += 1;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * ceilingMs));
    }
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

  /**
   * @param {AbortSignal} signal
   * @param {() => void} onRead
   */
  async function read(signal, onRead) {
    const { body, ok, status } = await fetch(url, {
      signal,
      headers: { accept: 'text/event-stream' },
    });
    if (!ok) throw new Error(`the server answered ${status}`);
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
      onRead();
      // a blank line ends a frame
      const newest = (text + read.value).split('\n\n').slice(-MAX_FRAMES - 1);
      text = newest.join('\n\n');
      const isAtEnd = frames.scrollHeight - frames.scrollTop - frames.clientHeight < AT_END_PX;
      frames.textContent = text;
      // a reader who has scrolled back keeps the place
      if (isAtEnd) frames.scrollTop = frames.scrollHeight;
    }
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
