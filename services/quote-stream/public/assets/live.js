import { byId, CONNECTION_WORDS } from '/assets/page.js';
import { openStream } from '/client/stream.js';
import { createFeed } from './feed.js';
import { fetchHistory, PAGE_LENGTH } from './history.js';
import { refreshTimes } from './relative-time.js';
import { createSourceList } from './source-list.js';

/** @import { StreamStatus } from '/client/client.d.ts' */
/** @import { Quote } from './quote-card.js' */
/** @import { SourceStatus } from './source-list.js' */

const READING_BELOW_PX = 64;
const REFRESH_TIMES_MS = 20_000;
const ANNOUNCE_MS = 15_000;
const MAX_PAGES_AFTER_GAP = 6;

const connectionLine = byId('connection', HTMLElement);
const pause = byId('pause', HTMLButtonElement);
const jump = byId('jump', HTMLButtonElement);
const older = byId('older', HTMLButtonElement);
const olderMessage = byId('older-message', HTMLElement);
const empty = byId('empty', HTMLElement);
const announcement = byId('announcement', HTMLElement);

const numbers = new Intl.NumberFormat('en');
let isPaused = false;
let isLoaded = false;
/** @type {StreamStatus} */
let connection = { state: 'connecting' };
let arrived = 0;
let latestAuthor = '';

const sources = createSourceList({
  list: byId('source-list', HTMLElement),
  section: byId('sources', HTMLElement),
});

const feed = createFeed({
  list: byId('feed', HTMLElement),
  onChange({ waiting, isFull, isEmpty, hasOlder }) {
    const count = `${numbers.format(waiting)}${isFull ? '+' : ''} new`;
    pause.textContent = isPaused ? (waiting > 0 ? `Resume, ${count}` : 'Resume') : 'Pause';
    jump.hidden = isPaused || waiting === 0;
    jump.textContent = `${count} ${waiting === 1 ? 'quote' : 'quotes'}`;
    empty.hidden = !isEmpty || !isLoaded;
    older.hidden = !hasOlder;
  },
});

/**
 * Shows what the server holds: at first its newest page, after a gap as much as is missing.
 *
 * @param {AbortSignal} signal
 */
async function loadHistory(signal) {
  const { quotes, sources: statuses, cursor } = await fetchHistory({ signal });
  if (isLoaded) await joinToKnown(quotes, signal);
  sources.update(statuses);
  if (isLoaded) feed.addNewest(quotes);
  else feed.addOlder(quotes, { isLast: quotes.length < PAGE_LENGTH });
  isLoaded = true;
  return cursor;
}

/**
 * Goes on back through the history until it meets what the feed has.
 *
 * @param {Quote[]} quotes gets the older ones at its end
 * @param {AbortSignal} signal
 */
async function joinToKnown(quotes, signal) {
  let page = quotes;
  for (let pages = 1; pages < MAX_PAGES_AFTER_GAP; pages += 1) {
    if (page.length < PAGE_LENGTH || page.some(({ id }) => feed.knows(id))) return;
    ({ quotes: page } = await fetchHistory({ before: page.at(-1)?.id, signal }));
    quotes.push(...page);
  }
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let countdown;

function showConnection() {
  clearTimeout(countdown);
  const { state, retryAt } = connection;
  const { words, tone } = CONNECTION_WORDS[state];
  const isJustPaused = isPaused && state === 'live';
  connectionLine.dataset.state = isPaused ? 'paused' : state;
  connectionLine.dataset.tone = isJustPaused ? 'waiting' : tone;

  // the countdown is for the eye only: a screen reader would read it out every second
  const seconds = document.createElement('span');
  seconds.ariaHidden = 'true';
  if (retryAt !== undefined) {
    const left = Math.max(1, Math.ceil((retryAt - Date.now()) / 1_000));
    seconds.textContent = state === 'offline' ? `, trying again in ${left} s` : ` in ${left} s`;
    countdown = setTimeout(showConnection, 1_000);
  }
  const sentence = isPaused ? `Paused${isJustPaused ? '' : `, ${words.toLowerCase()}`}` : words;
  if (connectionLine.firstChild?.textContent === sentence) {
    connectionLine.lastElementChild?.replaceWith(seconds);
  } else {
    connectionLine.replaceChildren(sentence, seconds);
  }
}

function holdWhileReading() {
  feed.hold(isPaused || scrollY > READING_BELOW_PX);
}

addEventListener('scroll', holdWhileReading, { passive: true });

pause.addEventListener('click', () => {
  isPaused = !isPaused;
  pause.textContent = isPaused ? 'Resume' : 'Pause';
  sources.pause(isPaused);
  showConnection();
  holdWhileReading();
});

jump.addEventListener('click', () => {
  scrollTo({ top: 0, behavior: 'instant' });
  holdWhileReading();
  byId('feed-heading', HTMLElement).focus({ preventScroll: true });
});

older.addEventListener('click', () => void showOlder());

let isFetchingOlder = false;

async function showOlder() {
  // n.b. a disabled button would lose the focus
  if (isFetchingOlder) return;
  isFetchingOlder = true;
  olderMessage.textContent = 'Looking for older ones';
  try {
    const { quotes } = await fetchHistory({ before: feed.oldestId });
    const isLast = quotes.length < PAGE_LENGTH;
    feed.addOlder(quotes, { isLast });
    olderMessage.textContent = isLast ? 'That’s as far back as the history reaches.' : '';
  } catch (error) {
    olderMessage.textContent = `Older ones can’t be had now: ${/** @type {Error} */ (error).message}.`;
  } finally {
    isFetchingOlder = false;
  }
}

setInterval(refreshTimes, REFRESH_TIMES_MS);

setInterval(() => {
  if (arrived === 0) return;
  const by = latestAuthor === '' ? '' : `, the latest by ${latestAuthor}`;
  announcement.textContent = `${numbers.format(arrived)} new ${arrived === 1 ? 'quote' : 'quotes'}${by}`;
  arrived = 0;
}, ANNOUNCE_MS);

const timer = new URL('/timer/start', location.origin);
timer.port = '8081';
byId('timer-command', HTMLElement).textContent = `curl -X POST ${timer.href}`;
// behind a proxy or on a platform its page is somewhere else
if (location.port !== '') byId('timer-link', HTMLAnchorElement).href = new URL('/', timer).href;

openStream('/quoteEvent', {
  events: ['newQuote', 'sourceStatus'],
  load: loadHistory,
  limit: 100,
  onEvent({ name, data }) {
    const news = JSON.parse(data);
    if (name === 'newQuote') {
      const quote = /** @type {Quote} */ (news);
      if (!feed.add(quote)) return;
      arrived += 1;
      latestAuthor = quote.author;
    } else if (name === 'gap') {
      feed.markGap(/** @type {{ reason: string }} */ (news).reason);
    } else {
      sources.update([/** @type {SourceStatus} */ (news)]);
    }
  },
  onStatus(status) {
    connection = status;
    showConnection();
  },
});
