const SHORTEST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 30_000;

/** The server has refused a request: another attempt would change nothing. */
export class RefusedError extends Error {}

/**
 * Reads a stream frame by frame as it comes over the wire, which an EventSource doesn't show, until
 * the signal aborts. Opens a lost connection again with backoff and full jitter. Rejects with a
 * RefusedError when the server refuses the request.
 *
 * @param {() => string | URL} urlOf called for each attempt
 * @param {{
 *   signal: AbortSignal,
 *   onOpen?: () => void,
 *   onFrame: (frame: string) => void,
 *   onLost: (error: Error) => void,
 * }} options
 */
export async function readFrames(urlOf, { signal, onOpen = () => {}, onFrame, onLost }) {
  let attempt = 0;
  while (!signal.aborted) {
    try {
      const body = await open(urlOf(), signal);
      onOpen();
      await eachFrame(body, (frame) => {
        attempt = 0;
        onFrame(frame);
      });
      throw new Error('the server has closed it');
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof RefusedError) throw error;
      onLost(/** @type {Error} */ (error));
    }
    const ceilingMs = Math.min(LONGEST_BACKOFF_MS, SHORTEST_BACKOFF_MS * 2 ** attempt);
    attempt += 1;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * ceilingMs));
  }
}

/**
 * @param {string | URL} url
 * @param {AbortSignal} signal
 */
async function open(url, signal) {
  const response = await fetch(url, { signal, headers: { accept: 'text/event-stream' } });
  const { ok, status, body } = response;
  if (status >= 400 && status < 500) throw new RefusedError((await response.json()).message);
  if (!ok || body === null) throw new Error(`the server answered ${status}`);
  return body;
}

/**
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} body
 * @param {(frame: string) => void} onFrame
 */
async function eachFrame(body, onFrame) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let read = await reader.read(); read.value !== undefined; read = await reader.read()) {
    // a blank line ends a frame
    const frames = (rest + read.value).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) onFrame(frame);
  }
}
