import { createElement } from './create-element.js';
import { gapItem, quoteItem } from './quote-card.js';

/** @import { Entry, FeedOptions, Quote } from '../types.d.ts' */

const MAX_SHOWN = 300;
// n.b. at least MAX_SHOWN: then releasing a full hold replaces all that's shown, and leaves no hole
const MAX_HELD = 1_000;
const STEP = 50;

/**
 * The list of quotes, newest first: a window of at most 300 on the page, which begins as the server
 * has written it. Above the window are entries that are held back while someone reads, and those
 * that the reader has left behind on the way back in the history. Each quote is there once.
 *
 * @param {FeedOptions} options
 */
export function createFeed({ list, times, isHeld, onChange, onShow }) {
  /** @type {Entry[]} newest first, all newer than those shown */
  let held = [];
  /** @type {Entry[]} newest first */
  let shown = [...list.querySelectorAll('li')].map((element) => ({
    id: element.dataset.id,
    author: '',
    isNew: false,
    element,
  }));
  /** How many of the oldest held entries the reader has left behind. */
  let behind = 0;
  /** Whether the entries between those held and those shown have been dropped. */
  let isCut = false;
  /** Where the history continues below the last entry: for the server, null at its end. */
  let older = list.dataset.before ?? null;
  let settling = 0;

  /** @param {Quote} quote @param {boolean} isNew @returns {Entry} */
  function entryOf(quote, isNew) {
    /** @type {HTMLElement | undefined} */
    let element;
    return {
      id: quote.id,
      author: quote.author,
      isNew,
      get element() {
        return (element ??= quoteItem(createElement, quote, times));
      },
    };
  }

  /** @param {Entry[]} entries newest first */
  function put(entries) {
    held = [...entries, ...held];
    cut();
    settleSoon();
  }

  function cut() {
    if (held.length <= MAX_HELD) return;
    held.length = MAX_HELD;
    isCut = true;
  }

  function settleSoon() {
    // n.b. frames don't come in the background, where the title still counts
    settling ||= setTimeout(settle, 20);
  }

  function settle() {
    clearTimeout(settling);
    settling = 0;
    if (held.length > 0 && behind === 0 && !isHeld()) release();
    const waiting = held.filter(({ isNew }) => isNew).length;
    onChange({
      waiting,
      isFull: waiting === MAX_HELD,
      isBack: behind > 0,
      isEmpty: shown.length + held.length === 0,
    });
  }

  function release() {
    const added = held;
    held = [];
    isCut = false;
    behind = 0;
    showAbove(added);
  }

  /** @param {Entry[]} entries newest first */
  function showAbove(entries) {
    const added = entries.slice(0, MAX_SHOWN);
    list.prepend(...added.map(({ element }) => element));
    shown = [...added, ...shown];
    const dropped = shown.splice(MAX_SHOWN);
    for (const { element } of dropped) element.remove();
    if (dropped.length > 0) older = shown.findLast(({ id }) => id !== undefined)?.id ?? older;
    const news = added.filter(({ isNew }) => isNew);
    for (const entry of added) {
      entry.element.classList.toggle('is-new', entry.isNew);
      entry.isNew = false;
    }
    if (news.length > 0) onShow(news);
  }

  /**
   * Changes the list without moving an entry on the screen.
   *
   * @param {HTMLElement | undefined} element
   * @param {() => void} change
   */
  function keepInPlace(element, change) {
    const before = element?.getBoundingClientRect().top ?? 0;
    change();
    const after = element?.getBoundingClientRect().top ?? 0;
    if (after !== before) scrollBy({ top: after - before, behavior: 'instant' });
  }

  /** @param {Quote} quote */
  function isMissing({ id }) {
    return ![held, shown].some((entries) => entries.some((entry) => entry.id === id));
  }

  return {
    /**
     * Adds quotes that aren't there yet.
     *
     * @param {Quote[]} quotes newest first
     */
    addNewest(quotes) {
      const news = quotes.filter(isMissing);
      if (news.length > 0) put(news.map((quote) => entryOf(quote, true)));
    },

    /**
     * Adds quotes at the end. Where the window is full, its newest ones go back above it.
     *
     * @param {Quote[]} quotes newest first
     * @param {string | null} before where the history continues
     */
    addOlder(quotes, before) {
      const added = quotes.filter(isMissing).map((quote) => entryOf(quote, false));
      older = before;
      keepInPlace(shown.at(-1)?.element, () => {
        list.append(...added.map(({ element }) => element));
        shown = [...shown, ...added];
        const moved = shown.splice(0, Math.max(0, shown.length - MAX_SHOWN));
        for (const { element } of moved) element.remove();
        held = [...held, ...moved];
        behind += moved.length;
        cut();
      });
      settleSoon();
    },

    /** Shows some of the entries that the reader has left behind, above the window. */
    showNewer() {
      if (behind === 0 || isCut) return;
      const count = Math.min(behind, STEP);
      behind -= count;
      keepInPlace(shown[0]?.element, () => showAbove(held.splice(-count)));
      settleSoon();
    },

    /**
     * Marks that quotes may be missing below those that come next.
     *
     * @param {string} reason
     */
    markGap(reason) {
      const newest = held[0] ?? shown[0];
      if (newest?.id === undefined) return;
      const element = gapItem(createElement, reason);
      put([{ id: undefined, author: '', isNew: false, element }]);
    },

    /** Shows what is held back, whoever holds it. */
    release() {
      release();
      settle();
    },

    /** Shows what is held back, if nothing holds it any more. */
    settleSoon,

    isMissing,

    /** Where the history continues below the list: null at its end. */
    get older() {
      return older;
    },
  };
}
