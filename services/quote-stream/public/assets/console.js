import { showConnection } from '/assets/elements.js';
import { byId } from '/assets/page.js';
import { readFrames } from '/assets/raw-frames.js';

const MAX_FRAMES = 200;
const AT_END_PX = 40;

const form = byId('request', HTMLFormElement);
const frames = byId('frames', HTMLElement);
const pause = byId('pause', HTMLButtonElement);
const resume = byId('resume', HTMLButtonElement);
const problem = byId('problem', HTMLElement);

let reading = new AbortController();
/** Whether the reader wants a connection, also while the page is in the background. */
let isWanted = false;
let isPaused = false;
let cursor = '';
let received = 0;
/** @type {string[]} frames that arrived while the page was paused */
let held = [];

/** The URL of the stream that the form describes. */
function requestUrl() {
  const url = new URL('/quoteEvent', location.origin);
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== 'string' || value.trim() === '') continue;
    url.searchParams.append(name, value.trim());
  }
  return url;
}

function showCommands() {
  const { href } = requestUrl();
  // n.b. in a shell, a single quote can't stand between single quotes; URLs may have it
  const quoted = `'${href.replaceAll("'", '%27')}'`;
  byId('curl', HTMLElement).textContent = `curl -N ${quoted}`;
  byId('event-source', HTMLElement).textContent = [
    `const quotes = new EventSource(${quoted});`,
    "quotes.addEventListener('newQuote', ({ data }) => console.log(JSON.parse(data)));",
    "quotes.addEventListener('gap', ({ data }) => console.warn(data));",
  ].join('\n');
}

/**
 * Connects as the form says, or after a cursor.
 *
 * @param {string} [from]
 */
async function connect(from = '') {
  reading.abort();
  isWanted = true;
  problem.textContent = '';
  showConnection({ state: 'connecting' });
  reading = new AbortController();
  const { signal } = reading;
  const base = requestUrl();
  let lastId = from;
  const urlOf = () => {
    const url = new URL(base);
    if (lastId !== '') url.searchParams.set('lastEventId', lastId);
    return url;
  };
  try {
    await readFrames(urlOf, {
      signal,
      onOpen: () => showConnection({ state: 'live' }),
      onFrame(frame) {
        lastId = /^id: ?(.*)$/m.exec(frame)?.[1] ?? lastId;
        showCursor(lastId);
        receive(frame);
      },
      onLost: () => showConnection({ state: 'reconnecting' }),
    });
  } catch (error) {
    isWanted = false;
    showConnection({ state: 'closed' });
    problem.textContent = `Refused: ${/** @type {Error} */ (error).message}.`;
  }
}

function disconnect() {
  isWanted = false;
  reading.abort();
  showConnection({ state: 'closed' });
}

/** @param {string} id */
function showCursor(id) {
  cursor = id;
  byId('cursor', HTMLElement).textContent = id || 'none';
  resume.disabled = id === '';
}

/** @param {string} frame */
function receive(frame) {
  received += 1;
  if (isPaused) held = [...held, frame].slice(-MAX_FRAMES);
  else show([frame]);
  showCount();
}

/** @param {string[]} added */
function show(added) {
  const isAtEnd = frames.scrollHeight - frames.scrollTop - frames.clientHeight < AT_END_PX;
  for (const frame of added) {
    const item = document.createElement('pre');
    item.dir = 'ltr';
    item.textContent = frame;
    frames.append(item);
  }
  while (frames.children.length > MAX_FRAMES) frames.firstElementChild?.remove();
  // a reader who has scrolled back keeps the place
  if (isAtEnd) frames.scrollTop = frames.scrollHeight;
}

function showCount() {
  const shown = frames.children.length;
  const waiting = isPaused ? `, ${held.length} held back` : '';
  byId('count', HTMLElement).textContent = `${received} received, ${shown} shown${waiting}.`;
}

form.addEventListener('input', showCommands);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void connect();
});
byId('disconnect', HTMLButtonElement).addEventListener('click', disconnect);
resume.addEventListener('click', () => void connect(cursor));
pause.addEventListener('click', () => {
  isPaused = !isPaused;
  pause.textContent = isPaused ? 'Continue' : 'Pause';
  if (!isPaused) {
    show(held);
    held = [];
  }
  showCount();
});
byId('clear', HTMLButtonElement).addEventListener('click', () => {
  frames.replaceChildren();
  held = [];
  received = 0;
  showCount();
});
document.addEventListener('visibilitychange', () => {
  if (!isWanted) return;
  if (document.hidden) {
    reading.abort();
    showConnection({ state: 'resting' });
  } else {
    void connect(cursor);
  }
});

for (const button of document.querySelectorAll('button[data-copy]')) {
  const copied = byId(/** @type {HTMLElement} */ (button).dataset.copy ?? '', HTMLElement);
  button.addEventListener('click', () => void copy(button, copied.textContent ?? ''));
}

/**
 * @param {Element} button
 * @param {string} text
 */
async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    // n.b. a page that isn't secure has no clipboard
    button.textContent = 'Select it';
  }
}

showCommands();
showCount();
void connect();
