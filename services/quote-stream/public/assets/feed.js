import { createElement } from './create-element.js';
import { gapItem, quoteItem } from './quote-card.js';

/** @import { Entry, FeedOptions, Quote } from '../types.d.ts' */

const MAX_SHOWN = 300;
// n.b. at least MAX_SHOWN: then releasing a full hold replaces all that's shown, and leaves no hole
const MAX_HELD = 1_000;
const MAX_KNOWN = 5_000;
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
    wasShown: true,
    element,
  }));
  /** @type {Set<string>} ids that have been in the feed, so that a repetition is no news */
  const known = new Set();
  for (const { id } of shown) if (id !== undefined) known.add(id);
  /** Whether the entries between those held and those shown have been dropped. */
  let isCut = false;
  let isBack = false;
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
      wasShown: false,
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
    if (held.length > 0 && !isBack && !isHeld()) release();
    const waiting = held.filter(({ isNew }) => isNew).length;
    onChange({
      waiting,
      isFull: waiting === MAX_HELD,
      isBack,
      isEmpty: shown.length + held.length === 0,
      hasOlder: older !== null,
    });
  }

  function release() {
    const added = held;
    held = [];
    isCut = false;
    isBack = false;
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
     * Adds quotes that aren't known yet.
     *
     * @param {Quote[]} quotes newest first
     */
    addNewest(quotes) {
      const news = quotes.filter(({ id }) => learn(id));
      if (news.length > 0) put(news.map((quote) => entryOf(quote, true)));
    },

    /**
     * Adds quotes at the end. Where the window is full, its newest ones go back above it.
     *
     * @param {Quote[]} quotes newest first
     * @param {string | null} before where the history continues
     */
    addOlder(quotes, before) {
      const there = new Set([...held, ...shown].map(({ id }) => id));
      const added = quotes.filter(({ id }) => !there.has(id)).map((quote) => entryOf(quote, false));
      for (const { id } of quotes) learn(id);
      older = before;
      keepInPlace(shown.at(-1)?.element, () => {
        list.append(...added.map(({ element }) => element));
        shown = [...shown, ...added];
        const moved = shown.splice(0, Math.max(0, shown.length - MAX_SHOWN));
        for (const entry of moved) {
          entry.element.remove();
          entry.wasShown = true;
        }
        held = [...held, ...moved];
        isBack ||= moved.length > 0;
        cut();
      });
      settleSoon();
    },

    /** Shows some of the entries that the reader has left behind, above the window. */
    showNewer() {
      if (!isBack || isCut) return;
      const from = Math.max(
        held.findIndex(({ wasShown }) => wasShown),
        held.length - STEP,
      );
      keepInPlace(shown[0]?.element, () => showAbove(held.splice(from)));
      isBack = held.some(({ wasShown }) => wasShown);
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
      put([{ id: undefined, author: '', isNew: false, wasShown: false, element }]);
    },

    /** Shows what is held back, whoever holds it. */
    release() {
      release();
      settle();
    },

    /** Shows what is held back, if nothing holds it any more. */
    settleSoon,

    /** @param {string} id */
    knows: (id) => known.has(id),

    /** Where the history continues below the list: null at its end. */
    get older() {
      return older;
    },
  };
}
