const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'medium' });

/** @type {readonly [Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/**
 * Formats "just now", "5 minutes ago", "yesterday". A future moment, which a slow clock sees, counts
 * as now.
 *
 * @param {number} at milliseconds since 1970
 * @param {number} now the same
 */
function timeAgo(at, now) {
  const seconds = (now - at) / 1_000;
  for (const [unit, size] of UNITS) {
    if (seconds >= size) return words.format(-Math.floor(seconds / size), unit);
  }
  return 'just now';
}

/**
 * A `<time>` with the relative time as its text and the exact time as its title.
 *
 * @param {string} iso
 */
export function createTime(iso) {
  const time = document.createElement('time');
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return time;
  time.dateTime = iso;
  time.title = exact.format(at);
  time.textContent = timeAgo(at, Date.now());
  return time;
}

/** Updates every `<time>` of the page. */
export function refreshTimes() {
  const now = Date.now();
  for (const time of document.querySelectorAll('time')) {
    const text = timeAgo(Date.parse(time.dateTime), now);
    if (time.dateTime !== '' && time.textContent !== text) time.textContent = text;
  }
}
