const MAX_FRAMES = 60;

/**
 * Shows a stream as it comes over the wire, until the button stops it; the next click begins anew.
 *
 * @param {string} url
 * @param {{ frames: HTMLElement, toggle: HTMLButtonElement }} elements
 */
export function showRaw(url, { frames, toggle }) {
  /** @type {AbortController | undefined} */
  let reading;

  async function start() {
    reading = new AbortController();
    const { signal } = reading;
    toggle.textContent = 'Stop';
    frames.textContent = '';
    let why = 'The connection has ended.';
    try {
      await read(signal);
    } catch (error) {
      why = signal.aborted ? 'Stopped.' : `It was lost: ${/** @type {Error} */ (error).message}.`;
    }
    frames.append(document.createElement('hr'), why);
    frames.scrollTop = frames.scrollHeight;
    reading = undefined;
    toggle.textContent = 'Start';
  }

  /** @param {AbortSignal} signal */
  async function read(signal) {
    const { body } = await fetch(url, { signal, headers: { accept: 'text/event-stream' } });
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
      // a blank line ends a frame
      text = (text + read.value)
        .split('\n\n')
        .slice(-MAX_FRAMES - 1)
        .join('\n\n');
      const isAtEnd = frames.scrollHeight - frames.scrollTop - frames.clientHeight < 40;
      frames.textContent = text;
      // who has scrolled back to read isn't carried away
      if (isAtEnd) frames.scrollTop = frames.scrollHeight;
    }
  }

  toggle.addEventListener('click', () => {
    if (reading === undefined) void start();
    else reading.abort();
  });
  void start();
}
