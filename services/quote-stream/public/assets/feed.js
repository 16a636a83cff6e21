import { createGapItem, createQuoteItem } from './quote-card.js';

/** @import { Quote } from './quote-card.js' */

/**
 * What the feed is a list of: a quote, or a place where some may be missing.
 * @typedef {{ quote: Quote, isNew: boolean } | { gap: string, isNew: false }} Entry
 */

/**
 * @typedef {object} FeedState
 * @property {number} waiting how many new quotes are held back
 * @property {boolean} isFull whether there were more of them than are kept
 * @property {boolean} isEmpty
 * @property {boolean} hasOlder whether the history may hold quotes older than the oldest shown
 */

const MAX_SHOWN = 300;
// n.b. at least MAX_SHOWN: then releasing a full hold replaces all that's shown, and leaves no hole
const MAX_HELD = 500;
const MAX_KNOWN = 5_000;

/**
 * The list of quotes, newest first: a window of at most 300 on the page, and above it those that are
 * held back, so that nothing moves while someone reads. Each quote is there once.
 *
 * @param {object} options
 * @param {HTMLElement} options.list
 * @param {(state: FeedState) => void} options.onChange called at most once a frame
 */
export function createFeed({ list, onChange }) {
  /** @type {Entry[]} newest first, all newer than those shown */
  let held = [];
  /** @type {{ entry: Entry, element: HTMLElement }[]} newest first */
  let shown = [];
  /** @type {Set<string>} ids that have been in the feed, so that a repetition is no news */
  const known = new Set();
  let isHolding = false;
  let hasOlder = false;
  let frame = 0;

  /** @param {Entry} entry */
  const show = (entry) => {
    const element = 'quote' in entry ? createQuoteItem(entry.quote) : createGapItem(entry.gap);
    element.classList.toggle('is-new', entry.isNew);
    return { entry, element };
  };

  /** @param {Entry[]} entries newest first */
  function put(entries) {
    held = [...entries, ...held].slice(0, MAX_HELD);
    settleSoon();
  }

  function settleSoon() {
    frame ||= requestAnimationFrame(settle);
  }

  function settle() {
    frame = 0;
    if (!isHolding && held.length > 0) release();
    const waiting = held.filter(({ isNew }) => isNew).length;
    onChange({
      waiting,
      isFull: waiting === MAX_HELD,
      isEmpty: shown.length + held.length === 0,
      hasOlder,
    });
  }

  function release() {
    const added = held.slice(0, MAX_SHOWN).map(show);
    held = [];
    list.prepend(...added.map(({ element }) => element));
    shown = [...added, ...shown];
    const dropped = shown.splice(MAX_SHOWN);
    for (const { element } of dropped) element.remove();
    hasOlder ||= dropped.length > 0;
  }

  /** @param {string} id */
  function learn(id) {
    if (known.has(id)) return false;
    known.add(id);
    // a Set keeps the order in which it was filled
    for (const oldest of known) {
      if (known.size <= MAX_KNOWN) break;
      known.delete(oldest);
    }
    return true;
  }

  return {
    /**
     * Adds a quote that has just come.
     *
     * @param {Quote} quote
     * @returns whether it's news
     */
    add(quote) {
      const isNews = learn(quote.id);
      if (isNews) put([{ quote, isNew: true }]);
      return isNews;
    },

    /**
     * Adds those of the newest quotes that aren't known yet.
     *
     * @param {Quote[]} quotes newest first
     */
    addNewest(quotes) {
      const news = quotes.filter(({ id }) => learn(id));
      put(news.map((quote) => ({ quote, isNew: true })));
    },

    /**
     * Adds quotes at the end. Where the window is full, its newest ones go back above it.
     *
     * @param {Quote[]} quotes newest first
     * @param {{ isLast: boolean }} options whether the history ends with them
     */
    addOlder(quotes, { isLast }) {
      const there = new Set(
        [...held, ...shown.map(({ entry }) => entry)].map((entry) =>
          'quote' in entry ? entry.quote.id : undefined,
        ),
      );
      const added = quotes
        .filter(({ id }) => !there.has(id))
        .map((quote) => show({ quote, isNew: false }));
      for (const { id } of quotes) learn(id);

      const last = shown.at(-1)?.element;
      const before = last?.getBoundingClientRect().top ?? 0;
      list.append(...added.map(({ element }) => element));
      shown = [...shown, ...added];
      const moved = shown.splice(0, Math.max(0, shown.length - MAX_SHOWN));
      for (const { element } of moved) element.remove();
      held = [
        ...held,
        ...moved.map(({ entry }) => ({ ...entry, isNew: /** @type {const} */ (false) })),
      ];
      const after = last?.getBoundingClientRect().top ?? 0;
      if (after !== before) scrollBy({ top: after - before, behavior: 'instant' });
      hasOlder = !isLast;
      settleSoon();
    },

    /**
     * Marks that quotes may be missing below those that come next.
     *
     * @param {string} gap why
     */
    markGap(gap) {
      const newest = held[0] ?? shown[0]?.entry;
      if (newest !== undefined && !('gap' in newest)) put([{ gap, isNew: false }]);
    },

    /**
     * Whether new quotes are to wait instead of being shown.
     *
     * @param {boolean} shouldHold
     */
    hold(shouldHold) {
      if (shouldHold === isHolding) return;
      isHolding = shouldHold;
      settleSoon();
    },

    /** @param {string} id */
    knows: (id) => known.has(id),

    /** The id of the oldest quote that's shown. */
    get oldestId() {
      const oldest = shown.findLast(({ entry }) => 'quote' in entry)?.entry;
      return oldest !== undefined && 'quote' in oldest ? oldest.quote.id : undefined;
    },
  };
}
