const list = new Intl.ListFormat('en', { type: 'unit', style: 'narrow' });

/** @type {readonly [string, number][]} */
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/**
 * "42 seconds", "1 minute 20 seconds", "2 hours": the two largest units.
 *
 * @param {number} seconds
 */
export function inWords(seconds) {
  let left = Math.max(0, Math.round(seconds));
  const first = UNITS.findIndex(([, size]) => left >= size);
  if (first === -1) return '0 seconds';
  const parts = [];
  for (const [unit, size] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  return list.format(parts);
}

/**
 * "42 s", "5 min", "1.5 h", "3 d": for narrow columns.
 *
 * @param {number} seconds
 */
export function inShort(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 3_600) return `${Math.round(whole / 60)} min`;
  const [size, unit] = whole < 86_400 ? [3_600, 'h'] : [86_400, 'd'];
  return `${Number((whole / size).toFixed(1))} ${unit}`;
}
