/** @import { Make, Times } from '../types.d.ts' */

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/**
 * How a reader is told of times: in a locale and time zone, by default the reader's own.
 *
 * @param {string} [locale]
 * @param {string} [timeZone]
 * @returns {Times}
 */
export function createTimes(locale, timeZone) {
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const exact = new Intl.DateTimeFormat(locale, {
    dateStyle: 'long',
    timeStyle: 'short',
    ...(timeZone && { timeZone }),
  });
  return {
    lang: words.resolvedOptions().locale,
    exact: (at) => exact.format(at),
    ago(at) {
      const seconds = (Date.now() - at) / 1_000;
      for (const [unit, size] of UNITS) {
        if (seconds >= size) return words.format(-Math.floor(seconds / size), unit);
      }
      return words.format(0, 'second');
    },
  };
}

/**
 * A `<time>` with the relative time as its text and the exact time as its title.
 *
 * @template T
 * @param {Make<T>} make
 * @param {string} iso
 * @param {Times} times
 */
export function timeOf(make, iso, times) {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return make('time', {}, iso);
  const attributes = { datetime: iso, title: times.exact(at), lang: times.lang };
  return make('time', attributes, times.ago(at));
}

/**
 * Updates every `<time>` of the page.
 *
 * @param {Times} times
 */
export function refreshTimes(times) {
  for (const time of document.querySelectorAll('time')) {
    const at = Date.parse(time.dateTime);
    if (Number.isNaN(at)) continue;
    const text = times.ago(at);
    if (time.textContent !== text) time.textContent = text;
    time.lang = times.lang;
    time.title = times.exact(at);
  }
}
