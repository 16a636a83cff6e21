import { showConnection } from '/assets/elements.js';
import { byId } from '/assets/page.js';
import { openStream } from '/client/stream.js';

/** @typedef {{ id: string, sender: string, message: string, sentAt: string }} ChatMessage */

const MAX_SHOWN = 500;
const NEWEST = 100;
const AT_END_PX = 48;
const FILLED_AFTER_MS = 1_000;

const log = byId('log', HTMLElement);
const list = byId('messages', HTMLElement);
const jump = byId('jump', HTMLButtonElement);
// in the reader's own locale
const times = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const days = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'short' });
const moments = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
let unread = 0;
let wasAtEnd = true;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let filling;

openStream('/messages', {
  limit: NEWEST,
  onEvent({ name, data }) {
    show(
      name === 'gap'
        ? element('li', 'gap', 'Messages may be missing here.')
        : itemOf(JSON.parse(data)),
    );
    if (log.role !== 'log') announceSoon();
  },
  onStatus(status) {
    showConnection(status);
    if (status.state === 'connecting') log.role = 'group';
    if (status.state === 'live' && log.role !== 'log') announceSoon();
  },
});

/** Makes the messages a live region once the history is in it: a screen reader would read out all of it. */
function announceSoon() {
  clearTimeout(filling);
  filling = setTimeout(() => {
    log.role = 'log';
  }, FILLED_AFTER_MS);
}

/** @param {HTMLElement} item */
function show(item) {
  const shouldFollow = isAtEnd();
  list.append(item);
  while (list.children.length > MAX_SHOWN) list.firstElementChild?.remove();
  // don't scroll a user who has scrolled back
  if (shouldFollow) scrollToEnd();
  else unread += 1;
  showUnread();
}

function isAtEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < AT_END_PX;
}

function scrollToEnd() {
  log.scrollTop = log.scrollHeight;
}

function showUnread() {
  wasAtEnd = isAtEnd();
  if (wasAtEnd) unread = 0;
  jump.hidden = unread === 0;
  jump.textContent = `${unread} new`;
}

/** @param {ChatMessage} message */
function itemOf({ sender, message, sentAt }) {
  const item = document.createElement('li');
  const time = document.createElement('time');
  const at = new Date(sentAt);
  const isToday = at.toDateString() === new Date().toDateString();
  time.dateTime = sentAt;
  time.textContent = (isToday ? times : days).format(at);
  time.title = moments.format(at);
  item.append(element('bdi', 'sender', sender), time, element('p', 'message', message));
  return item;
}

/**
 * Adds text as text, never as markup, in its own writing direction.
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

log.addEventListener('scroll', showUnread, { passive: true });
jump.addEventListener('click', () => {
  scrollToEnd();
  log.focus();
});
// the newest stay in view when a keyboard or a longer draft takes room
new ResizeObserver(() => {
  if (wasAtEnd) scrollToEnd();
}).observe(log);
