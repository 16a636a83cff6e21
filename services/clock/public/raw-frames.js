const MAX_FRAMES = 60;
const AT_END_PX = 40;

/**
 * Shows a stream as it comes over the wire, until the button stops it; its connection is open only
 * while the page is seen, since browsers allow six to a server, whatever the number of tabs.
 *
 * @param {string} url
 * @param {{ frames: HTMLElement, toggle: HTMLButtonElement }} elements
 */
export function showRaw(url, { frames, toggle }) {
  let isOn = false;
  let reading = new AbortController();

  async function start() {
    isOn = true;
    toggle.textContent = 'Stop';
    frames.textContent = '';
    reading = new AbortController();
    const { signal } = reading;
    try {
      await read(signal);
      stop('The connection has ended.');
    } catch (error) {
      if (!signal.aborted) stop(`It was lost: ${/** @type {Error} */ (error).message}.`);
    }
  }

  /** @param {string} why */
  function stop(why) {
    isOn = false;
    toggle.textContent = 'Start';
    reading.abort();
    frames.append(document.createElement('hr'), why);
    frames.scrollTop = frames.scrollHeight;
  }

  /** @param {AbortSignal} signal */
  async function read(signal) {
    const { body } = await fetch(url, { signal, headers: { accept: 'text/event-stream' } });
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
      // a blank line ends a frame
      const newest = (text + read.value).split('\n\n').slice(-MAX_FRAMES - 1);
      text = newest.join('\n\n');
      const isAtEnd = frames.scrollHeight - frames.scrollTop - frames.clientHeight < AT_END_PX;
      frames.textContent = text;
      // who has scrolled back to read isn't carried away
      if (isAtEnd) frames.scrollTop = frames.scrollHeight;
    }
  }

  toggle.addEventListener('click', () => {
    if (isOn) stop('Stopped.');
    else void start();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) reading.abort();
    else if (isOn) void start();
  });
  void start();
}
