import { byId, showConnection } from '/assets/page.js';
import { openStream } from '/client/stream.js';

/** @typedef {{ id: string, sender: string, message: string, sentAt: string }} ChatMessage */

const MAX_SHOWN = 500;
const NEWEST = 100;
const AT_END_PX = 48;

const list = byId('messages', HTMLElement);
const jump = byId('jump', HTMLButtonElement);
const times = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const moments = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' });
let unread = 0;

openStream('/messages', {
  limit: NEWEST,
  onEvent({ name, data }) {
    show(
      name === 'gap'
        ? element('li', 'gap', 'Messages may be missing here.')
        : itemOf(JSON.parse(data)),
    );
  },
  onStatus: showConnection,
});

/** @param {HTMLElement} item */
function show(item) {
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END_PX;
  list.append(item);
  while (list.children.length > MAX_SHOWN) list.firstElementChild?.remove();
  // don't scroll a user who has scrolled back
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

list.addEventListener('scroll', showUnread, { passive: true });
jump.addEventListener('click', () => {
  list.scrollTop = list.scrollHeight;
  list.focus();
});
