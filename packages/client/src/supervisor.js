/** @import { StreamEvent, StreamStatus } from './client.d.ts' */
/** @import { SupervisorEffects } from './internal.d.ts' */

const SHORTEST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
/** How long a stream has to be open to count as live: a full server opens a stream and ends it at once. */
const SETTLED_MS = 250;

/**
 * Decides when to load, open, close and try again: events in, effects out, no I/O.
 *
 * @param {{ hasLoad: boolean, silenceMs: number }} options
 * @param {SupervisorEffects} effects
 */
export function createSupervisor({ hasLoad, silenceMs }, effects) {
  let isOn = false;
  let isLoaded = !hasLoad;
  let cursor = '';
  let attempt = 0;
  /** @type {StreamStatus} */
  let status = { state: 'paused' };

  /** @param {StreamStatus} next */
  function tell(next) {
    if (next.state === status.state && next.retryAt === status.retryAt) return;
    status = next;
    effects.tell(next);
  }

  function clearTimers() {
    for (const timer of /** @type {const} */ (['retry', 'settle', 'silence'])) effects.clear(timer);
  }

  const expectNews = () => effects.wait('silence', silenceMs);

  /** @param {StreamStatus['state']} state */
  function connect(state) {
    clearTimers();
    effects.close();
    tell({ state });
    if (!isLoaded) return effects.load();
    expectNews();
    effects.open(cursor);
  }

  const lostState = () => (effects.isOnline() ? 'reconnecting' : 'offline');

  /** Full jitter: pages don't all reconnect at once to a server that has restarted. */
  function retryLater() {
    clearTimers();
    effects.close();
    const ceilingMs = Math.min(LONGEST_BACKOFF_MS, SHORTEST_BACKOFF_MS * 2 ** attempt);
    const delayMs = effects.random() * ceilingMs;
    attempt += 1;
    effects.wait('retry', delayMs);
    tell({ state: lostState(), retryAt: effects.now() + delayMs });
  }

  function startOver() {
    isLoaded = false;
    if (attempt > 0) return retryLater();
    attempt = 1;
    connect('connecting');
  }

  return {
    get status() {
      return status;
    },
    get cursor() {
      return cursor;
    },
    start() {
      if (isOn) return;
      isOn = true;
      attempt = 0;
      connect('connecting');
    },
    /** @param {StreamStatus['state']} state */
    stop(state) {
      isOn = false;
      clearTimers();
      effects.leave();
      tell({ state });
    },
    /** @param {string} loaded */
    loaded(loaded) {
      isLoaded = true;
      cursor = loaded;
      expectNews();
      effects.open(cursor);
    },
    loadFailed() {
      // another tab may succeed
      effects.leave();
      retryLater();
    },
    opened() {
      expectNews();
      effects.wait('settle', SETTLED_MS);
    },
    /** @param {boolean} isClosed whether the browser won't reconnect */
    lost(isClosed) {
      if (isClosed) return retryLater();
      effects.clear('settle');
      expectNews();
      tell({ state: lostState() });
    },
    /** @param {StreamEvent} event */
    heard({ name, data, id }) {
      cursor = id || cursor;
      if (name !== 'gap') {
        attempt = 0;
        expectNews();
        effects.clear('settle');
        tell({ state: 'live' });
      }
      effects.emit({ name, data, id: cursor });
      // n.b. after a gap the server continues in log order, perhaps far behind the newest event
      if (name === 'gap' && hasLoad && isOn) startOver();
    },
    /** @param {string} adopted */
    adopt(adopted) {
      cursor = adopted;
    },
    /** @param {StreamStatus} of the tab that has the connection */
    mirror(of) {
      expectNews();
      tell(of);
    },
    /** @param {'retry' | 'settle' | 'silence'} timer */
    fire(timer) {
      if (timer === 'settle') tell({ state: 'live' });
      else connect(timer === 'silence' ? 'silent' : 'reconnecting');
    },
    online() {
      attempt = 0;
      if (isOn && status.state !== 'live') connect('reconnecting');
    },
    /** Only a hint: an event that arrives in spite of it makes the stream live again. */
    offline() {
      if (isOn && status.retryAt === undefined) tell({ state: 'offline' });
    },
  };
}
