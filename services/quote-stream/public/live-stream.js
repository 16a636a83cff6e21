/**
 * How the connection is.
 *
 * | state | what it means |
 * |---|---|
 * | `connecting` | the first attempt, or the first after a rest |
 * | `live` | open, and heard from within the last 2.5 heartbeats |
 * | `reconnecting` | lost; with `retryAt` this module tries again then, without it the browser does |
 * | `silent` | open, but nothing was heard for 2.5 heartbeats: it's being replaced |
 * | `offline` | as `reconnecting`, and the browser says there's no network |
 *
 * @typedef {object} Connection
 * @property {'connecting' | 'live' | 'reconnecting' | 'silent' | 'offline'} state
 * @property {number} [retryAt] milliseconds since 1970
 */

const HEARTBEAT_MS = 15_000;
const SILENCE_MS = 2.5 * HEARTBEAT_MS;
const LOAD_TIMEOUT_MS = 20_000;
const SHORTEST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
/** A server that's full opens the stream and ends it at once, which shouldn't flicker as live. */
const SETTLED_MS = 250;
/** Browsers allow six connections to a server over HTTP/1.1, whatever the number of tabs. */
const REST_AFTER_HIDDEN_MS = 60_000;

/**
 * Keeps an `EventSource` alive for as long as the page is seen.
 *
 * The native one reconnects by itself after a lost connection, but gives up for good on any answer
 * other than 200, doesn't notice a connection that died without a word, and stays open in pages that
 * nobody looks at.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#processing-model
 *
 * @param {object} options
 * @param {string} options.url
 * @param {readonly string[]} options.events names of the events to pass on
 * @param {(signal: AbortSignal) => Promise<string | null>} options.load shows what's there already
 *   and gives the cursor right after it; called first, and after every gap
 * @param {(name: string, data: unknown) => void} options.onEvent
 * @param {(connection: Connection) => void} options.onConnection
 */
export function createLiveStream({ url, events, load, onEvent, onConnection }) {
  /** @type {string | null | undefined} undefined: not loaded yet; null: the log is empty */
  let cursor;
  /** @type {EventSource | undefined} */
  let source;
  let loading = new AbortController();
  let attempt = 0;
  let isLive = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} the next attempt, or until it counts as live */
  let waiting;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let watchdog;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let rest;
  let isResting = false;

  /** @param {Connection} connection */
  function say(connection) {
    isLive = connection.state === 'live';
    onConnection(connection);
  }

  function close() {
    clearTimeout(waiting);
    clearTimeout(watchdog);
    loading.abort();
    source?.close();
    source = undefined;
  }

  /** @param {Connection['state']} state what to call it until it's live */
  async function connect(state = 'connecting') {
    close();
    say({ state });
    if (cursor === undefined) {
      loading = new AbortController();
      const { signal } = loading;
      try {
        const loaded = await load(AbortSignal.any([signal, AbortSignal.timeout(LOAD_TIMEOUT_MS)]));
        if (signal.aborted) return;
        cursor = loaded;
      } catch {
        if (!signal.aborted) retryLater();
        return;
      }
    }
    listen();
  }

  function listen() {
    const query = new URLSearchParams(cursor ? { lastEventId: cursor } : { limit: '100' });
    const opened = new EventSource(`${url}?${query}`);
    source = opened;
    expectHeartbeat();

    opened.addEventListener('open', () => {
      expectHeartbeat();
      clearTimeout(waiting);
      waiting = setTimeout(() => say({ state: 'live' }), SETTLED_MS);
    });
    opened.addEventListener('error', () => {
      clearTimeout(waiting);
      if (opened.readyState === EventSource.CLOSED) retryLater();
      else {
        expectHeartbeat();
        say({ state: navigator.onLine ? 'reconnecting' : 'offline' });
      }
    });
    for (const name of events) {
      opened.addEventListener(name, (event) => {
        cursor = event.lastEventId || cursor;
        if (name !== 'gap') heard();
        onEvent(name, JSON.parse(event.data));
        // n.b. after a gap the server goes on in log order, perhaps from far behind the newest
        if (name === 'gap') startOver();
      });
    }
  }

  function heard() {
    attempt = 0;
    expectHeartbeat();
    if (isLive) return;
    clearTimeout(waiting);
    say({ state: 'live' });
  }

  function startOver() {
    cursor = undefined;
    if (attempt > 0) retryLater();
    else {
      attempt = 1;
      void connect();
    }
  }

  function expectHeartbeat() {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => void connect('silent'), SILENCE_MS);
  }

  /** Full jitter: a server that comes back meets its pages one by one. */
  function retryLater() {
    close();
    const ceilingMs = Math.min(LONGEST_BACKOFF_MS, SHORTEST_BACKOFF_MS * 2 ** attempt);
    const delayMs = Math.random() * ceilingMs;
    attempt += 1;
    waiting = setTimeout(() => void connect('reconnecting'), delayMs);
    say({
      state: navigator.onLine ? 'reconnecting' : 'offline',
      retryAt: Date.now() + delayMs,
    });
  }

  addEventListener('online', () => {
    attempt = 0;
    if (!isLive && !isResting) void connect('reconnecting');
  });
  // only a hint: what is heard in spite of it makes it live again
  addEventListener('offline', () => {
    if (source !== undefined) say({ state: 'offline' });
  });

  // n.b. without this the connection of a page in the back/forward cache stays open
  addEventListener('pagehide', close);
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) void connect();
  });
  document.addEventListener('visibilitychange', () => {
    clearTimeout(rest);
    if (document.visibilityState === 'hidden') {
      rest = setTimeout(() => {
        isResting = true;
        close();
      }, REST_AFTER_HIDDEN_MS);
    } else if (isResting) {
      isResting = false;
      void connect();
    }
  });

  void connect();
}
