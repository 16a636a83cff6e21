import { createApi } from '/assets/api.js';
import { element, sentenceOf } from '/assets/elements.js';
import { byId, setText } from '/assets/page.js';
import { setUpAdding } from './add-source.js';
import { showFound } from './found-quotes.js';
import { createSourceRows } from './source-rows.js';
import { counted, inOrder, isInTrouble } from './source-words.js';

/** @import { SourceView } from './source-words.js' */

const POLL_MS = 3_000;
/** Rows at first, and with each "Show more": thousands would make the page slow. */
const ROWS = 200;
/** `Date` has whole seconds, so that a smaller difference says nothing about the clocks. */
const SKEW_MS = 2_000;

const summary = byId('summary', HTMLElement);
const problems = byId('problems', HTMLElement);
const list = byId('list', HTMLElement);
const search = byId('search', HTMLInputElement);
const count = byId('count', HTMLElement);
const more = byId('more', HTMLButtonElement);
const preview = byId('preview', HTMLDialogElement);
const previewHeading = byId('preview-heading', HTMLElement);
const previewFound = byId('preview-found', HTMLElement);

const api = createApi();
const rows = createSourceRows(byId('rows', HTMLTableSectionElement), {
  onPreview: (name) => void showPreview(name),
});
/** Whether the timer is on this origin. */
const knowsTimer = document.querySelector('nav a[href="/timer"]') !== null;
/** @type {readonly SourceView[]} */
let sources = [];
/** @type {ReadonlyMap<string, string | null> | undefined} */
let nextTicks;
let shownRows = ROWS;
/** How far the service's clock is ahead of this one. */
let skewMs = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let nextPoll;
let polls = 0;

function showRows() {
  const wanted = search.value.trim().toLowerCase();
  const found = sources.filter(({ name }) => name.includes(wanted));
  rows.show(found.slice(0, shownRows), { now: Date.now() + skewMs, nextTicks });
  setText(count, wanted === '' ? '' : `${found.length} of ${sources.length}`);
  const left = found.length - shownRows;
  more.hidden = left <= 0;
  if (left > 0) setText(more, `Show ${Math.min(left, ROWS)} more of ${left}`);
}

/** @param {{ sources: SourceView[], sourcesFile?: { path: string, problems: string[] } }} view */
function show({ sources: news, sourcesFile }) {
  sources = inOrder(news);
  const bad = news.filter(isInTrouble).length;
  const enabled = news.filter((source) => source.enabled).length;
  const parts = [
    counted(news.length, 'source'),
    ...(enabled < news.length ? [`${enabled} enabled`] : []),
    bad === 0 ? 'none in trouble' : `${bad} in trouble`,
  ];
  setText(summary, parts.join(', '));
  summary.dataset.tone = bad === 0 ? 'good' : 'bad';
  const lines = sourcesFile?.problems ?? [];
  if (lines.join('\n') !== [...problems.children].map((item) => item.textContent).join('\n'))
    problems.replaceChildren(...lines.map((line) => element('li', { textContent: line })));
  problems.hidden = lines.length === 0;
  list.hidden = news.length === 0;
  showRows();
}

async function readNextTicks() {
  try {
    const { body } = await api.get('/timer');
    /** @type {{ sources: { name: string, nextTickAt: string | null }[] }} */
    const timer = body;
    return new Map(timer.sources.map(({ name, nextTickAt }) => [name, nextTickAt]));
  } catch {
    return undefined;
  }
}

/** Asks for the sources, and again after a while as long as the page is visible. */
async function poll() {
  clearTimeout(nextPoll);
  polls += 1;
  const own = polls;
  try {
    const [{ body, date }, ticks] = await Promise.all([
      api.get('/sources'),
      knowsTimer ? readNextTicks() : undefined,
    ]);
    if (own !== polls) return;
    const ahead = date === null ? 0 : Date.parse(date) - Date.now();
    skewMs = Math.abs(ahead) > SKEW_MS ? ahead : 0;
    nextTicks = ticks;
    show(body);
  } catch (error) {
    if (own !== polls) return;
    setText(summary, `${sentenceOf(error)} Asking again in a few seconds.`);
    summary.dataset.tone = 'bad';
  }
  if (document.visibilityState === 'visible') nextPoll = setTimeout(() => void poll(), POLL_MS);
}

/** @param {string} name */
async function showPreview(name) {
  setText(previewHeading, `Preview of ${name}`);
  previewFound.replaceChildren(element('p', { textContent: 'Fetching its first page.' }));
  preview.showModal();
  try {
    const path = `/sources/${encodeURIComponent(name)}/preview`;
    showFound(previewFound, await api.post(path, {}));
  } catch (error) {
    const reason = element('p', { className: 'state', textContent: sentenceOf(error) });
    reason.dataset.tone = 'bad';
    previewFound.replaceChildren(reason);
  }
}

search.addEventListener('input', () => {
  shownRows = ROWS;
  showRows();
});
more.addEventListener('click', () => {
  shownRows += ROWS;
  showRows();
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void poll();
});
setUpAdding(api, { onSaved: () => void poll() });
void poll();
