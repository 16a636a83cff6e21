import { createLink } from './link.js';
import { createSupervisor } from './supervisor.js';
import { joinTabs } from './tabs.js';

const LOAD_TIMEOUT_MS = 20_000;
const OWN_EVENTS = ['gap', 'heartbeat'];

/** @type {typeof import('./client.d.ts').openStream} */
export function openStream(
  url,
  {
    events = ['message'],
    limit,
    load,
    onEvent,
    onStatus = () => {},
    silenceMs = 37_500,
    restAfterHiddenMs = 60_000,
    isShared = true,
    withCredentials = false,
  },
) {
  const base = new URL(url, document.baseURI);
  const names = [...new Set([...events, ...OWN_EVENTS])].sort();
  const wanted = new Set([...events, 'gap']);
  const key = ['stream', base.href, limit ?? 'live', names, withCredentials].join(' ');
  const closing = new AbortController();
  const { signal } = closing;
  /** @type {EventSource | undefined} */
  let source;
  let loading = new AbortController();
  let isPaused = false;
  let isResting = false;

  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  const timers = new Map();
  /** @param {string} timer */
  const clear = (timer) => clearTimeout(timers.get(timer));
  /**
   * @param {string} timer
   * @param {number} ms
   * @param {() => void} fire
   */
  function wait(timer, ms, fire) {
    clear(timer);
    if (ms < Infinity) timers.set(timer, setTimeout(fire, ms));
  }
  const shared = { clear, now: () => Date.now(), random: () => Math.random() };

  const tabs = joinTabs(key, {
    isShared,
    onLead: () => link.lead(),
    onDeposed: () => link.deposed(),
    onTurn: () => link.turn(),
    onMessage: (message) => link.received(message),
  });

  const link = createLink(
    { tab: `${Math.random()}`, startsLive: limit === undefined },
    {
      ...shared,
      ...tabs,
      wait: (timer, ms) => wait(timer, ms, () => link.fire(/** @type {'answer'} */ (timer))),
      connect,
      disconnect: () => source?.close(),
      opened: () => supervisor.opened(),
      lost: (isClosed) => supervisor.lost(isClosed),
      heard: (event) => supervisor.heard(event),
      adopt: (cursor) => supervisor.adopt(cursor),
      mirror: (status) => supervisor.mirror(status),
    },
  );

  const supervisor = createSupervisor(
    { hasLoad: load !== undefined, silenceMs },
    {
      ...shared,
      wait: (timer, ms) => wait(timer, ms, () => supervisor.fire(/** @type {'retry'} */ (timer))),
      load: () => void callLoad(),
      open: (cursor) => link.open(cursor),
      close() {
        loading.abort();
        link.close();
      },
      leave() {
        loading.abort();
        link.leave();
      },
      tell(status) {
        link.told(status);
        call(() => onStatus(status));
      },
      emit(event) {
        if (wanted.has(event.name)) call(() => onEvent(event));
      },
      isOnline: () => navigator.onLine,
    },
  );

  /** @param {string} cursor */
  function connect(cursor) {
    source?.close();
    const to = new URL(base);
    if (cursor !== '') to.searchParams.set('lastEventId', cursor);
    else if (limit !== undefined) to.searchParams.set('limit', `${limit}`);
    const opened = new EventSource(to, { withCredentials });
    source = opened;
    opened.addEventListener('open', () => link.opened());
    opened.addEventListener('error', () => link.lost(opened.readyState === EventSource.CLOSED));
    for (const name of names) {
      opened.addEventListener(name, ({ data, lastEventId }) =>
        link.heard({ name, data, id: lastEventId }),
      );
    }
  }

  async function callLoad() {
    loading = new AbortController();
    const { signal } = loading;
    /** @type {string | null | undefined} */
    let cursor;
    try {
      cursor = await load?.(AbortSignal.any([signal, AbortSignal.timeout(LOAD_TIMEOUT_MS)]));
    } catch {
      if (!signal.aborted) supervisor.loadFailed();
      return;
    }
    if (!signal.aborted) supervisor.loaded(cursor ?? '');
  }

  function update() {
    if (signal.aborted) supervisor.stop('closed');
    else if (isPaused) supervisor.stop('paused');
    else if (isResting) supervisor.stop('resting');
    else supervisor.start();
  }

  /** @param {boolean} shouldRest */
  function rest(shouldRest) {
    clear('rest');
    isResting = shouldRest;
    update();
  }

  function onVisibility() {
    if (document.hidden) wait('rest', restAfterHiddenMs, () => rest(true));
    else rest(false);
  }

  const listening = { signal };
  // n.b. without this the connection of a page in the back/forward cache stays open
  addEventListener('pagehide', () => rest(true), listening);
  addEventListener('pageshow', ({ persisted }) => void (persisted && rest(false)), listening);
  document.addEventListener('freeze', () => rest(true), listening);
  document.addEventListener('resume', onVisibility, listening);
  document.addEventListener('visibilitychange', onVisibility, listening);
  addEventListener('online', () => supervisor.online(), listening);
  addEventListener('offline', () => supervisor.offline(), listening);
  update();
  if (document.hidden) onVisibility();

  return {
    get status() {
      return supervisor.status;
    },
    get cursor() {
      return supervisor.cursor;
    },
    pause() {
      isPaused = true;
      update();
    },
    resume() {
      isPaused = false;
      update();
    },
    close() {
      closing.abort();
      clear('rest');
      update();
    },
  };
}

/**
 * Calls a function of the page. An error is reported as uncaught, and doesn't stop the stream.
 *
 * @param {() => void} tell
 */
function call(tell) {
  try {
    tell();
  } catch (error) {
    reportError(error);
  }
}
