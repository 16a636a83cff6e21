import { byId } from '/assets/page.js';
import { inWords } from './duration.js';
import { createSourceRows } from './source-rows.js';
import { createTimerApi, TimerError } from './timer-api.js';

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
const tokenForm = byId('token-form', HTMLFormElement);
const token = byId('token', HTMLInputElement);
const sources = byId('sources', HTMLElement);
const sourceRows = byId('source-rows', HTMLElement);

const api = createTimerApi();
/** @type {Timer | undefined} */
let timer;
/** How far the timer's clock is ahead of this one. */
let skewMs = 0;
let isIntervalEdited = false;
/** What was asked for is done in its order: a click while another is under way isn't lost. */
let inTurn = Promise.resolve();
/** @type {(() => Promise<void>) | undefined} what to do again once there's a token */
let refused;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let nextPoll;
/** Grows with each answer to a start or stop, so that a poll asked before it doesn't undo it. */
let generation = 0;

/** @param {Timer} news */
function show(news) {
  timer = news;
  const isRunning = news.state === 'running';
  say(state, isRunning ? `Running, every ${inWords(news.intervalSeconds)}` : 'Stopped');
  state.dataset.tone = isRunning ? 'good' : 'idle';
  say(start, isRunning ? 'Change interval' : 'Start');
  if (!isIntervalEdited && document.activeElement !== interval) {
    interval.value = String(news.intervalSeconds);
  }
  showSourceChoices(news);
  sources.hidden = news.sources.length === 0;
  showCountdown();
}

/** @param {Timer} news */
function showSourceChoices({ sources }) {
  const names = sources.map(({ name }) => name);
  const shown = [...tickSource.options].slice(1).map(({ value }) => value);
  if (names.join('\n') === shown.join('\n')) return;
  const chosen = tickSource.value;
  tickSource.replaceChildren(
    new Option('all sources', ''),
    ...names.map((name) => new Option(name, name)),
  );
  tickSource.value = names.includes(chosen) ? chosen : '';
}

function showCountdown() {
  if (timer === undefined) return;
  const now = Date.now() + skewMs;
  sourceRows.replaceChildren(...createSourceRows(timer, now));
  if (timer.state !== 'running' || timer.nextTickAt === null) {
    say(nextTick, 'No tick is planned.');
    return;
  }
  const seconds = (Date.parse(timer.nextTickAt) - now) / 1_000;
  say(nextTick, seconds < 1 ? 'Next tick now' : `Next tick in ${inWords(seconds)}`);
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
    say(state, error instanceof TimerError ? error.message : String(error));
    say(nextTick, 'Asking again in a few seconds.');
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
    refused = undefined;
    tokenForm.hidden = true;
  } catch (error) {
    const status = error instanceof TimerError ? error.status : undefined;
    tell(error instanceof Error ? sentence(error.message) : String(error), 'bad');
    if (status === 401) askForToken(() => run(action));
  } finally {
    main.ariaBusy = 'false';
  }
}

/** @param {() => Promise<void>} again */
function askForToken(again) {
  const isFirst = refused === undefined;
  refused = again;
  tell(
    isFirst ? 'This timer does that only for those who have its token.' : 'That isn’t its token.',
    'bad',
  );
  tokenForm.hidden = false;
  token.select();
  token.focus();
}

byId('start-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  const seconds = interval.valueAsNumber;
  void run(async () => {
    const news = await api.start(seconds);
    isIntervalEdited = false;
    generation += 1;
    show(news);
    return `The timer runs, every ${inWords(news.intervalSeconds)}.`;
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
    if (names.length === 0) return 'No source is switched on: there was nothing to ask for.';
    return `Asked for a look at ${new Intl.ListFormat('en').format(names)}.`;
  });
});

tokenForm.addEventListener('submit', (event) => {
  event.preventDefault();
  api.useToken(token.value);
  void refused?.();
});

interval.addEventListener('input', () => {
  isIntervalEdited = true;
});

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void poll();
});

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

/**
 * Writes only what's new: a screen reader reads a status again whenever it's written.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {string} text */
function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/u.test(text) ? '' : '.'}`;
}
