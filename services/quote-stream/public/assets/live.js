import { byId, CONNECTION_WORDS, setText } from '/assets/page.js';
import { openStream } from '/client/stream.js';
import { useActions } from './actions.js';
import { createElement } from './create-element.js';
import { createFeed } from './feed.js';
import { fetchHistory } from './history.js';
import { useKeys } from './keys.js';
import { watchReader } from './reading.js';
import { createTimes, refreshTimes, timeOf } from './relative-time.js';
import { hasWords, passes, wordsOf } from './search-words.js';
import { createSourcePanel } from './source-panel.js';
import { watchTimer } from './timer-state.js';

/** @import { StreamStatus } from '/client/client.d.ts' */
/** @import { Quote } from '../types.d.ts' */

const READING_BELOW_PX = 64;
const NEAR_TOP_PX = 800;
const REFRESH_TIMES_MS = 20_000;
const ANNOUNCE_MS = 15_000;
const MAX_PAGES_AFTER_GAP = 6;
/** Searches read a part of the history in each request, in which there may be nothing. */
const MAX_EMPTY_PAGES = 20;

const connectionLine = byId('connection', HTMLElement);
const pause = byId('pause', HTMLButtonElement);
const jump = byId('jump', HTMLButtonElement);
const list = byId('feed', HTMLElement);
const older = byId('older', HTMLAnchorElement);
const olderMessage = byId('older-message', HTMLElement);
const empty = byId('empty', HTMLElement);
const announcement = byId('announcement', HTMLElement);
const newest = byId('newest', HTMLElement);

const { title } = document;
const times = createTimes();
const query = new URLSearchParams(location.search);
const words = wordsOf(query.get('q') ?? '');

let isPaused = false;
/** @type {StreamStatus} */
let connection = { state: 'connecting' };
let arrived = 0;
let latestAuthor = '';

const showSources = createSourcePanel(times, () => isPaused);
const isRead = watchReader(list, () => feed.settleSoon());
const feed = createFeed({
  list,
  times,
  isHeld: () => isPaused || document.hidden || scrollY > READING_BELOW_PX || isRead(),
  onChange({ waiting, isFull, isBack, isEmpty }) {
    const many = waiting.toLocaleString('en');
    const count = `${many}${isFull ? '+' : ''} new`;
    setText(pause, isPaused ? (waiting > 0 ? `Resume, ${count}` : 'Resume') : 'Pause');
    jump.hidden = isPaused || (waiting === 0 && !isBack);
    const quotes = waiting === 1 ? 'quote' : 'quotes';
    setText(jump, waiting === 0 ? 'Newest quotes' : `${count} ${quotes}`);
    const counted = waiting === 0 ? title : `(${many}) ${title}`;
    if (document.title !== counted) document.title = counted;
    empty.hidden = !isEmpty;
    older.hidden = feed.older === null;
  },
  onShow(news) {
    arrived += news.length;
    latestAuthor = news[0]?.author ?? '';
  },
});

document.addEventListener('visibilitychange', () => {
  feed.settleSoon();
  showConnection();
});
addEventListener('scroll', () => {
  if (scrollY < NEAR_TOP_PX) feed.showNewer();
  feed.settleSoon();
});

/** @param {Quote | undefined} quote */
function showNewest(quote) {
  if (quote) newest.replaceChildren(timeOf(createElement, quote.scrapedAt, times));
}

/**
 * Returns the cursor of what the server has written into the page; after a gap, shows as much as is
 * missing.
 *
 * @param {AbortSignal} signal
 */
async function load(signal) {
  const { cursor: written } = list.dataset;
  delete list.dataset.cursor;
  if (written !== undefined) return written;
  let page = await fetchHistory(query, { signal });
  const { cursor, sources } = page;
  const quotes = [...page.quotes];
  for (let pages = 1; pages < MAX_PAGES_AFTER_GAP; pages += 1) {
    if (page.before === null || !page.quotes.every(feed.isMissing)) break;
    page = await fetchHistory(query, { before: page.before, signal });
    quotes.push(...page.quotes);
  }
  showSources(sources);
  showNewest(quotes[0]);
  feed.addNewest(quotes);
  return cursor;
}

let countdown = 0;

function showConnection() {
  clearTimeout(countdown);
  const { state, retryAt } = connection;
  const isJustPaused = isPaused && state === 'live';
  const { words, tone } = CONNECTION_WORDS[isJustPaused ? 'paused' : state];
  connectionLine.ariaLive = isPaused || document.hidden ? 'off' : 'polite';
  connectionLine.dataset.state = isPaused ? 'paused' : state;
  connectionLine.dataset.tone = tone;

  let left = '';
  if (retryAt !== undefined) {
    const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1_000));
    left = state === 'offline' ? `, trying again in ${seconds} s` : ` in ${seconds} s`;
    countdown = setTimeout(showConnection, 1_000);
  }
  setText(byId('countdown', HTMLElement), left);
  const paused = isPaused && !isJustPaused ? 'Paused. ' : '';
  setText(byId('state', HTMLElement), paused + words);
}

pause.addEventListener('click', () => {
  isPaused = !isPaused;
  showSources([]);
  showConnection();
  feed.settleSoon();
});

jump.addEventListener('click', () => {
  scrollTo({ top: 0, behavior: 'instant' });
  feed.release();
  byId('feed-heading', HTMLElement).focus({ preventScroll: true });
});

older.addEventListener('click', (event) => {
  // in another tab the server shows them
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  void showOlder();
});

let isFetchingOlder = false;

async function showOlder() {
  if (isFetchingOlder) return;
  isFetchingOlder = true;
  olderMessage.textContent = 'Looking for older ones';
  try {
    for (let pages = 0; pages < MAX_EMPTY_PAGES && feed.older !== null; pages += 1) {
      const { quotes, before } = await fetchHistory(query, { before: feed.older });
      feed.addOlder(quotes, before);
      if (quotes.length > 0) break;
    }
    const isEnd = feed.older === null;
    olderMessage.textContent = isEnd ? 'That’s as far back as the history reaches.' : '';
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    olderMessage.textContent = `Older ones can’t be fetched now: ${message}.`;
  } finally {
    isFetchingOlder = false;
  }
}

/** @param {string} sentence */
const announce = (sentence) => setText(announcement, sentence);

setInterval(() => {
  if (arrived === 0 || isPaused || document.hidden) return;
  const by = latestAuthor === '' ? '' : `, the latest by ${latestAuthor}`;
  announce(`${arrived.toLocaleString('en')} new ${arrived === 1 ? 'quote' : 'quotes'}${by}`);
  arrived = 0;
}, ANNOUNCE_MS);

refreshTimes(times);
setInterval(refreshTimes, REFRESH_TIMES_MS, times);
watchTimer();
useActions(list, announce);
useKeys({
  list,
  search: byId('search', HTMLInputElement),
  end: byId('end', HTMLElement),
  choice: byId('keys', HTMLInputElement),
});

// unfiltered: tabs with different filters share one connection
openStream('/quoteEvent', {
  events: ['newQuote', 'sourceStatus'],
  load,
  onEvent({ name, data }) {
    const news = JSON.parse(data);
    if (name === 'newQuote') {
      const { source, author, tags: tag } = news;
      const isWanted = passes({ source: [source], author: [author], tag }, query);
      if (!isWanted || !hasWords(news, words)) return;
      showNewest(news);
      feed.addNewest([news]);
    } else if (name === 'gap') {
      feed.markGap(news.reason);
    } else if (passes({ source: [news.source] }, query)) {
      showSources([news]);
    }
  },
  onStatus(status) {
    connection = status;
    showConnection();
  },
});
