/**
 * @typedef {object} TimerSource
 * @property {string} name
 * @property {boolean} enabled
 * @property {number | null} intervalSeconds its own; null: the timer's
 * @property {string | null} nextTickAt RFC 3339
 * @property {string | null} lastTickAt the same
 */

/**
 * @typedef {object} Timer
 * @property {'running' | 'stopped'} state
 * @property {number} intervalSeconds
 * @property {string | null} nextTickAt RFC 3339
 * @property {TimerSource[]} sources
 */

/** @typedef {{ jobs: { source: string, runId: string, url: string }[] }} Ticked */

/** What the timer answered when it didn't do it. */
export class TimerError extends Error {
  /**
   * @param {string} message a sentence for people
   * @param {number} status of HTTP; 0: no answer
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const TIMEOUT_MS = 15_000;

/** The timer's HTTP API; each call rejects with a `TimerError`. The token lives in memory only. */
export function createTimerApi() {
  let token = '';

  /**
   * @param {string} path
   * @param {RequestInit} [options]
   */
  async function ask(path, options) {
    /** @type {Response} */
    let response;
    try {
      response = await fetch(path, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch {
      throw new TimerError('The timer doesn’t answer.', 0);
    }
    const body = await response.json().catch(() => ({}));
    if (response.ok) return { body, date: response.headers.get('date') };
    throw new TimerError(body.message ?? `The timer answered ${response.status}.`, response.status);
  }

  /**
   * @param {string} path
   * @param {object} body
   */
  async function post(path, body) {
    /** @type {Record<string, string>} */
    const headers = { 'content-type': 'application/json' };
    if (token !== '') headers['authorization'] = `Bearer ${token}`;
    return (await ask(path, { method: 'POST', headers, body: JSON.stringify(body) })).body;
  }

  return {
    /** @param {string} given */
    useToken(given) {
      token = given;
    },

    /** @returns {Promise<{ timer: Timer, date: string | null }>} `date` by the timer's own clock */
    async read() {
      const { body, date } = await ask('/timer');
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
