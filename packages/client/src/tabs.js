/** @import { Message } from './internal.d.ts' */

/**
 * Requests a Web Lock, and holds it until the returned function is called, which also cancels the
 * request. `onLost` is called when another tab has stolen the lock, or when the page can't use locks.
 *
 * @see https://w3c.github.io/web-locks/
 * @param {string} name
 * @param {{ steal?: boolean, onHeld: () => void, onLost: (error: Error) => void }} options
 */
function hold(name, { steal = false, onHeld, onLost }) {
  const holding = new AbortController();
  const { signal } = holding;
  const held = () =>
    new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
      if (signal.aborted) resolve(undefined);
      else onHeld();
    });
  // n.b. a request can't have both
  navigator.locks
    .request(name, steal ? { steal } : { signal }, held)
    .catch((/** @type {Error} */ error) => {
      if (!signal.aborted) onLost(error);
    });
  return () => holding.abort();
}

/**
 * Joins the tabs that share a name, by Web Locks and a BroadcastChannel; without them this tab is
 * alone, and leads.
 *
 * @param {string} name
 * @param {object} options
 * @param {boolean} options.isShared
 * @param {() => void} options.onLead
 * @param {() => void} options.onDeposed
 * @param {() => void} options.onTurn
 * @param {(message: Message) => void} options.onMessage
 */
export function joinTabs(name, { isShared, onLead, onDeposed, onTurn, onMessage }) {
  let isAlone = !isShared || !navigator.locks || !globalThis.BroadcastChannel;
  /** @type {BroadcastChannel | undefined} */
  let channel;
  /** @type {(() => void) | undefined} */
  let leaveLine;
  /** @type {(() => void) | undefined} */
  let endTurn;

  /** @param {{ steal?: boolean }} [options] */
  function lineUp(options) {
    leaveLine?.();
    leaveLine = hold(name, {
      ...options,
      onHeld: onLead,
      onLost({ name: reason }) {
        leaveLine = undefined;
        // for any other reason: this page can't use locks
        isAlone = reason !== 'AbortError';
        if (isAlone) onLead();
        else onDeposed();
      },
    });
  }

  return {
    join() {
      if (isAlone) return onLead();
      if (channel === undefined) {
        channel = new BroadcastChannel(name);
        channel.addEventListener('message', ({ data }) => onMessage(data));
      }
      if (leaveLine === undefined) lineUp();
    },
    steal: () => lineUp({ steal: true }),
    leave() {
      leaveLine?.();
      leaveLine = undefined;
      // n.b. a page with an open channel can't enter the back/forward cache
      channel?.close();
      channel = undefined;
    },
    /** @param {Message} message */
    post: (message) => channel?.postMessage(message),
    takeTurn() {
      endTurn ??= hold(`${name} turn`, { onHeld: onTurn, onLost() {} });
    },
    endTurn() {
      endTurn?.();
      endTurn = undefined;
    },
  };
}
