/** An `EventSource` gives up for good on an answer that isn't 200, as proxies give while a service restarts. */
const RETRY_MS = 3_000;

/** @type {Record<number, { words: string, tone: string }>} */
const STATES = {
  [EventSource.CONNECTING]: { words: 'Reconnecting', tone: 'waiting' },
  [EventSource.OPEN]: { words: 'Live', tone: 'good' },
  [EventSource.CLOSED]: { words: 'Refused, trying again', tone: 'bad' },
};

/**
 * Opens a stream, and again whenever the browser has given up; says in words how that goes.
 *
 * @param {string} url
 * @param {(source: EventSource) => void} listen called with each `EventSource`
 * @returns {() => void} what closes it
 */
export function openStream(url, listen) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let retry;
  /** @type {EventSource} */
  let source;
  const closing = new AbortController();
  const { signal } = closing;

  function open() {
    source = new EventSource(url);
    source.addEventListener('open', show);
    source.addEventListener('error', () => {
      show();
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
    });
    listen(source);
  }
  const show = () => say(STATES[source.readyState] ?? { words: 'Unknown', tone: 'bad' });

  function close() {
    clearTimeout(retry);
    source.close();
  }

  // n.b. without this the connection of a page in the back/forward cache stays open
  addEventListener('pagehide', close, { signal });
  addEventListener('pageshow', ({ persisted }) => void (persisted && open()), { signal });
  say({ words: 'Connecting', tone: 'waiting' });
  open();
  return () => {
    closing.abort();
    close();
    say({ words: 'Not connected', tone: '' });
  };
}

/** @param {{ words: string, tone: string }} state */
function say({ words, tone }) {
  const line = byId('connection', HTMLElement);
  line.dataset.tone = tone;
  if (line.textContent !== words) line.textContent = words;
}

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no such element as #${id}`);
  return element;
}

for (const element of document.querySelectorAll('.origin')) element.textContent = location.origin;
