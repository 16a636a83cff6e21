import { ApiError } from '/assets/api.js';
import { element, sentenceOf } from '/assets/elements.js';
import { byId, setText } from '/assets/page.js';
import { showFound } from './found-quotes.js';

/** @import { Found } from './found-quotes.js' */
/** @typedef {{ post: (path: string, body: object) => Promise<any> }} Api */

/** Time without a key until an edited entry is tried. */
const SETTLE_MS = 600;
/** Of a page on which no quotes were found. */
const UNKNOWN = 422;

/**
 * The form that adds a source: a URL leads to a proposal, whose entry can be edited, tried and saved.
 *
 * @param {Api} api
 * @param {{ onSaved: () => void }} options
 */
export function setUpAdding(api, { onSaved }) {
  const details = byId('add', HTMLDetailsElement);
  const urlForm = byId('url-form', HTMLFormElement);
  const url = byId('url', HTMLInputElement);
  const message = byId('add-message', HTMLElement);
  const entryForm = byId('entry-form', HTMLFormElement);
  const entry = byId('entry', HTMLTextAreaElement);
  const found = byId('found', HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;
  /** The trials, one after the other. */
  let inTurn = Promise.resolve();

  /**
   * @param {string} text
   * @param {'good' | 'bad' | 'waiting'} tone
   */
  function tell(text, tone) {
    message.dataset.tone = tone;
    setText(message, text);
  }

  /** @param {object} proposed */
  function showEntry(proposed) {
    entry.value = JSON.stringify(proposed, undefined, 2);
    entryForm.hidden = false;
  }

  function parsedEntry() {
    try {
      return { source: JSON.parse(entry.value) };
    } catch (error) {
      throw new Error(`The entry is not JSON: ${sentenceOf(error)}`, { cause: error });
    }
  }

  async function propose() {
    entryForm.hidden = true;
    tell('Fetching the page and looking for quotes.', 'waiting');
    try {
      /** @type {Found & { entry: object }} */
      const proposal = await api.post('/sources/propose', { url: url.value });
      showEntry(proposal.entry);
      showFound(found, proposal);
      tell('This entry is proposed. Change it if you like, then save it.', 'good');
    } catch (error) {
      tell(sentenceOf(error), 'bad');
      if (!(error instanceof ApiError) || error.status !== UNKNOWN) return;
      const { hostname } = new URL(url.value);
      const name = hostname.replaceAll(/[^a-z0-9]+/g, '-');
      showEntry({ name, url: url.value, item: '', fields: { text: '', author: '' } });
      found.replaceChildren(element('p', { textContent: 'Nothing yet: fill in the selectors.' }));
    }
  }

  async function tryEntry() {
    const text = entry.value;
    try {
      /** @type {Found} */
      const tried = await api.post('/sources/try', parsedEntry());
      // a later edit is tried next
      if (text !== entry.value) return;
      showFound(found, tried);
      tell('This is what the entry finds now.', 'good');
    } catch (error) {
      if (text === entry.value) tell(sentenceOf(error), 'bad');
    }
  }

  async function save() {
    clearTimeout(settling);
    try {
      const { name, path } = await api.post('/sources', parsedEntry());
      entryForm.hidden = true;
      urlForm.reset();
      url.focus();
      tell(`Saved ${name} in ${path}. The running services take it over within seconds.`, 'good');
      onSaved();
    } catch (error) {
      tell(sentenceOf(error), 'bad');
    }
  }

  /** @param {() => Promise<void>} work */
  function run(work) {
    inTurn = inTurn.then(async () => {
      details.ariaBusy = 'true';
      await work();
      details.ariaBusy = 'false';
    });
  }

  urlForm.addEventListener('submit', (event) => {
    event.preventDefault();
    run(propose);
  });
  entryForm.addEventListener('submit', (event) => {
    event.preventDefault();
    run(save);
  });
  entry.addEventListener('input', () => {
    clearTimeout(settling);
    settling = setTimeout(() => run(tryEntry), SETTLE_MS);
  });
  byId('copy', HTMLButtonElement).addEventListener('click', () => {
    entry.select();
    navigator.clipboard?.writeText(entry.value).then(
      () => tell('Copied.', 'good'),
      () => tell('The entry is selected: copy it with the keyboard.', 'waiting'),
    );
  });
  if (location.hash === '#add') details.open = true;
}
