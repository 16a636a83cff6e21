/** @import { Entry } from './internal.d.ts' */

const MAX_ENTRIES = 500;
const MAX_CHARS = 1_000_000;

/**
 * Returns the number of a cursor of the form `<number>-<fingerprint>`; NaN, for which every comparison
 * is false, for any other cursor.
 *
 * @param {string} cursor
 */
export const orderOf = (cursor) => Number(/^(\d{1,15})-[0-9a-f]+$/.exec(cursor)?.[1] ?? Number.NaN);

/** Creates a list of a stream's newest events, without a gap between them, for tabs that join later. */
export function createChain() {
  /** @type {Entry[]} */
  let entries = [];
  let chars = 0;

  return {
    /** @param {Entry} entry */
    add(entry) {
      // n.b. an event without an id of its own can't be resumed from
      if (entry.id === entry.prev) return;
      entries.push(entry);
      chars += entry.data.length;
      while (entries.length > MAX_ENTRIES || chars > MAX_CHARS) {
        chars -= entries.shift()?.data.length ?? 0;
      }
    },

    clear() {
      entries = [];
      chars = 0;
    },

    /** @param {string} id */
    knows: (id) => entries.some((entry) => entry.id === id),

    /**
     * Returns the events after a cursor, or null if some may be missing. Only a fresh cursor is
     * compared by its number: an old one may be of another log.
     *
     * @param {string} cursor
     * @param {{ newest: string, isFresh: boolean }} options
     */
    after(cursor, { newest, isFresh }) {
      if (cursor === newest) return [];
      const index = entries.findLastIndex(({ prev, id }) => prev === cursor || id === cursor);
      if (index !== -1) return entries.slice(entries[index]?.prev === cursor ? index : index + 1);
      if (!isFresh) return null;
      const place = orderOf(cursor);
      if (place > orderOf(newest)) return [];
      const gap = entries.findLastIndex(({ name }) => name === 'gap');
      const oldest = gap === -1 ? entries[0]?.prev : entries[gap]?.id;
      if (oldest === undefined || !(orderOf(oldest) <= place)) return null;
      return entries.slice(gap + 1).filter(({ id }) => orderOf(id) > place);
    },
  };
}
