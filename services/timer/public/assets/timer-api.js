import { createApi } from '/assets/api.js';

/**
 * @typedef {object} TimerSource
 * @property {string} name
 * @property {boolean} enabled
 * @property {number} everySeconds between two of its ticks
 * @property {string | null} nextTickAt RFC 3339
 * @property {string | null} lastTickAt the same
 */

/**
 * @typedef {object} Timer
 * @property {'running' | 'stopped'} state
 * @property {number} intervalSeconds of the sources without one of their own
 * @property {TimerSource[]} sources
 */

/** @typedef {{ jobs: { source: string, runId: string, url: string }[] }} Ticked */

/** Creates the client of the timer's HTTP API; each call rejects with an `ApiError`. */
export function createTimerApi() {
  const { get, post } = createApi();
  return {
    /** @returns {Promise<{ timer: Timer, date: string | null }>} `date` by the timer's own clock */
    async read() {
      const { body, date } = await get('/timer');
      return { timer: body, date };
    },

    /**
     * @param {number} intervalSeconds
     * @returns {Promise<Timer>}
     */
    start: (intervalSeconds) => post('/timer/start', { intervalSeconds }),

    /** @returns {Promise<Timer>} */
    stop: () => post('/timer/stop', {}),

    /**
     * @param {string} source empty: all of them
     * @returns {Promise<Ticked>}
     */
    tick: (source) => post('/timer/tick', source === '' ? {} : { source }),
  };
}
