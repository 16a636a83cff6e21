import { byId } from './by-id.js';

/** @typedef {{ id: string, sender: string, message: string, sentAt: string }} ChatMessage */

/** An `EventSource` gives up for good on an answer that isn't 200, as proxies give while a service restarts. */
const RETRY_MS = 3_000;
const MAX_SHOWN = 500;
const AT_END_PX = 48;

const list = byId('messages', HTMLElement);
const jump = byId('jump', HTMLButtonElement);
const connection = byId('connection', HTMLElement);
const times = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const moments = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' });
/** The id of the newest event; empty: the history comes first. */
let cursor = '';
let unread = 0;
/** @type {EventSource | undefined} */
let open;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let retry;

function connect() {
  const source = new EventSource(`/messages${cursor && `?lastEventId=${cursor}`}`);
  open = source;
  source.addEventListener('open', () => say('Live', 'good'));
  source.addEventListener('error', () => {
    say('Reconnecting', 'waiting');
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(connect, RETRY_MS);
  });
  source.addEventListener('message', ({ data, lastEventId }) => {
    cursor = lastEventId;
    show(itemOf(JSON.parse(data)));
  });
  source.addEventListener('heartbeat', ({ lastEventId }) => {
    cursor = lastEventId;
  });
  source.addEventListener('gap', () => {
    show(element('li', 'gap', 'Messages may be missing here.'));
  });
}

/**
 * @param {string} words
 * @param {string} tone
 */
function say(words, tone) {
  connection.dataset.tone = tone;
  if (connection.textContent !== words) connection.textContent = words;
}

/** @param {HTMLElement} item */
function show(item) {
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END_PX;
  list.append(item);
  while (list.children.length > MAX_SHOWN) list.firstElementChild?.remove();
  // who has scrolled back to read isn't carried away
  if (isAtEnd) list.scrollTop = list.scrollHeight;
  else unread += 1;
  showUnread();
}

function showUnread() {
  if (list.scrollHeight - list.scrollTop - list.clientHeight < AT_END_PX) unread = 0;
  jump.hidden = unread === 0;
  jump.textContent = `${unread} new`;
}

/** @param {ChatMessage} message */
function itemOf({ sender, message, sentAt }) {
  const item = document.createElement('li');
  const time = document.createElement('time');
  const at = new Date(sentAt);
  time.dateTime = sentAt;
  time.textContent = times.format(at);
  time.title = moments.format(at);
  item.append(element('bdi', 'sender', sender), time, element('p', 'message', message));
  return item;
}

/**
 * Text stays text, whatever is in it, and writes in its own direction only.
 *
 * @param {string} name
 * @param {string} className
 * @param {string} text
 */
function element(name, className, text) {
  const created = document.createElement(name);
  created.className = className;
  created.dir = 'auto';
  created.textContent = text;
  return created;
}

list.addEventListener('scroll', showUnread, { passive: true });
jump.addEventListener('click', () => {
  list.scrollTop = list.scrollHeight;
  list.focus();
});

// n.b. without this the connection of a page in the back/forward cache stays open
addEventListener('pagehide', () => {
  clearTimeout(retry);
  open?.close();
});
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) connect();
});
connect();
