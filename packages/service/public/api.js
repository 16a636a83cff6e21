import { element } from './elements.js';

const TIMEOUT_MS = 60_000;

/** A service refused a request, or didn't answer. */
export class ApiError extends Error {
  /**
   * @param {string} message a sentence for people
   * @param {number} status of HTTP; 0: no answer
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * Creates a client of a service's HTTP API; each call rejects with an `ApiError`. Where the service
 * asks for its token, a dialog asks the user. The token lives in memory only.
 */
export function createApi() {
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
      throw new ApiError('The service doesn’t answer.', 0);
    }
    const body = await response.json().catch(() => ({}));
    if (response.ok) return { body, date: response.headers.get('date') };
    throw new ApiError(body.message ?? `The service answered ${response.status}.`, response.status);
  }

  /**
   * @param {string} path
   * @param {object} body
   */
  async function send(path, body) {
    /** @type {Record<string, string>} */
    const headers = { 'content-type': 'application/json' };
    if (token !== '') headers['authorization'] = `Bearer ${token}`;
    return (await ask(path, { method: 'POST', headers, body: JSON.stringify(body) })).body;
  }

  return {
    /** @param {string} path */
    get: (path) => ask(path, { headers: { accept: 'application/json' } }),

    /**
     * @param {string} path
     * @param {object} body
     */
    async post(path, body) {
      let question = 'The service does this only with its token.';
      for (;;) {
        try {
          return await send(path, body);
        } catch (error) {
          if (!(error instanceof ApiError) || error.status !== 401) throw error;
          const given = await askForToken(question);
          if (given === undefined) throw error;
          token = given;
          question = 'That isn’t the token.';
        }
      }
    },
  };
}

/**
 * Asks in a dialog, which gives the focus back; resolves with undefined if the user cancels.
 *
 * @param {string} question
 * @returns {Promise<string | undefined>}
 */
function askForToken(question) {
  const token = element('input', { id: 'token', type: 'password', autocomplete: 'off' });
  token.required = true;
  const label = element('label', { htmlFor: 'token', textContent: 'ADMIN_TOKEN' });
  const heading = element('h2', { id: 'token-question', textContent: question });
  const hint = element('p', {
    className: 'hint',
    textContent: 'Kept until this page is closed or reloaded, and nowhere else.',
  });
  const send = element('button', { type: 'submit', className: 'primary', textContent: 'Continue' });
  const cancel = element('button', { type: 'button', textContent: 'Cancel' });
  const form = element('form', { id: 'token-form', method: 'dialog' });
  form.append(heading, label, token, hint, send, cancel);
  const dialog = element('dialog', { id: 'token-dialog' });
  dialog.setAttribute('aria-labelledby', 'token-question');
  dialog.append(form);
  document.body.append(dialog);
  const { promise, resolve } = Promise.withResolvers();
  /** @type {string | undefined} */
  let given;
  form.addEventListener('submit', () => {
    given = token.value;
  });
  cancel.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    dialog.remove();
    resolve(given);
  });
  dialog.showModal();
  token.focus();
  return promise;
}
