import { inWords } from '/assets/duration.js';
import { sentenceOf } from '/assets/elements.js';
import { byId, setText } from '/assets/page.js';
import { createSourceRows } from './source-rows.js';
import { createTimerApi } from './timer-api.js';

/** @import { Timer } from './timer-api.js' */

const POLL_MS = 3_000;
const COUNTDOWN_MS = 1_000;
/** `Date` has whole seconds, so that a smaller difference says nothing about the clocks. */
const SKEW_MS = 2_000;

const main = byId('main', HTMLElement);
const state = byId('state', HTMLElement);
const nextTick = byId('next-tick', HTMLElement);
const interval = byId('interval', HTMLInputElement);
const start = byId('start', HTMLButtonElement);
const stop = byId('stop', HTMLButtonElement);
const tickSource = byId('tick-source', HTMLSelectElement);
const message = byId('message', HTMLElement);
const sources = byId('sources', HTMLElement);
const sourceRows = createSourceRows(byId('source-rows', HTMLTableSectionElement));
/** "2" before "10". */
const names = new Intl.Collator('en', { numeric: true });

const api = createTimerApi();
/** @type {Timer | undefined} */
let timer;
/** How far the timer's clock is ahead of this one. */
let skewMs = 0;
let isIntervalEdited = false;
/** What was asked for is done in its order: a click while another is under way isn't lost. */
let inTurn = Promise.resolve();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let nextPoll;
/** Grows with each answer to a start or stop, so that a poll asked before it doesn't undo it. */
let generation = 0;

/** @param {Timer} news */
function show(news) {
  timer = { ...news, sources: news.sources.toSorted((a, b) => names.compare(a.name, b.name)) };
  const isRunning = news.state === 'running';
  setText(state, isRunning ? 'Running' : 'Stopped');
  state.dataset.tone = isRunning ? 'good' : 'idle';
  setText(start, isRunning ? 'Change interval' : 'Start');
  if (!isIntervalEdited && document.activeElement !== interval) {
    interval.value = String(news.intervalSeconds);
  }
  showSourceChoices(timer);
  sources.hidden = news.sources.length === 0;
  showCountdown();
}

/** @param {Timer} news */
function showSourceChoices({ sources }) {
  const enabled = sources.filter((source) => source.enabled).map(({ name }) => name);
  const shown = [...tickSource.options].slice(1).map(({ value }) => value);
  if (enabled.join('\n') === shown.join('\n')) return;
  const chosen = tickSource.value;
  tickSource.replaceChildren(
    new Option('all enabled sources', ''),
    ...enabled.map((name) => new Option(name, name)),
  );
  tickSource.value = enabled.includes(chosen) ? chosen : '';
}

function showCountdown() {
  if (timer === undefined) return;
  const now = Date.now() + skewMs;
  sourceRows.show(timer, now);
  setText(nextTick, whatIsNext(timer, now));
}

/**
 * @param {Timer} timer
 * @param {number} now
 */
function whatIsNext({ state, sources }, now) {
  if (state === 'stopped') return 'No tick is planned.';
  const planned = sources.flatMap(({ name, nextTickAt }) =>
    nextTickAt === null ? [] : [{ name, seconds: (Date.parse(nextTickAt) - now) / 1_000 }],
  );
  const [next] = planned.toSorted((a, b) => a.seconds - b.seconds);
  if (next === undefined) return 'No source is enabled, so that no tick is planned.';
  return `Next: ${next.name}, ${next.seconds < 1 ? 'now' : `in ${inWords(next.seconds)}`}`;
}

/** Asks for the state, and again after a while for as long as the page is seen. */
async function poll() {
  clearTimeout(nextPoll);
  const asked = generation;
  try {
    const { timer: news, date } = await api.read();
    const ahead = date === null ? 0 : Date.parse(date) - Date.now();
    skewMs = Math.abs(ahead) > SKEW_MS ? ahead : 0;
    if (asked === generation) show(news);
  } catch (error) {
    setText(state, sentenceOf(error));
    setText(nextTick, 'Asking again in a few seconds.');
    state.dataset.tone = 'bad';
    timer = undefined;
  }
  if (document.visibilityState === 'visible') nextPoll = setTimeout(() => void poll(), POLL_MS);
}

/** @param {() => Promise<string>} action gives the sentence that says what happened */
function run(action) {
  inTurn = inTurn.then(() => perform(action));
  return inTurn;
}

/** @param {() => Promise<string>} action */
async function perform(action) {
  main.ariaBusy = 'true';
  try {
    tell(await action(), 'good');
  } catch (error) {
    tell(sentenceOf(error), 'bad');
  } finally {
    main.ariaBusy = 'false';
  }
}

byId('start-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  const seconds = interval.valueAsNumber;
  void run(async () => {
    const news = await api.start(seconds);
    isIntervalEdited = false;
    generation += 1;
    show(news);
    return `The timer runs; sources without an interval of their own tick every ${inWords(news.intervalSeconds)}.`;
  });
});

stop.addEventListener('click', () => {
  void run(async () => {
    const news = await api.stop();
    generation += 1;
    show(news);
    return 'The timer is stopped.';
  });
});

byId('tick-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  const source = tickSource.value;
  void run(async () => {
    const { jobs } = await api.tick(source);
    void poll();
    const names = [...new Set(jobs.map((job) => job.source))];
    if (names.length === 0) return 'No source is enabled: there was nothing to ask for.';
    return `Asked for a look at ${new Intl.ListFormat('en').format(names)}.`;
  });
});

interval.addEventListener('input', () => {
  isIntervalEdited = true;
});

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void poll();
});

const sourcesPage = document.querySelector('nav a[href$="/sources"]');
if (sourcesPage instanceof HTMLAnchorElement) {
  const link = byId('sources-link', HTMLAnchorElement);
  link.href = sourcesPage.href;
  link.hidden = false;
}
setInterval(showCountdown, COUNTDOWN_MS);
void poll();

/**
 * @param {string} text
 * @param {'good' | 'bad'} tone
 */
function tell(text, tone) {
  message.dataset.tone = tone;
  message.textContent = text;
}
