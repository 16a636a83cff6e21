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
 * "42 s", "5 min", "2 h", "3 d": for narrow columns.
 *
 * @param {number} seconds
 */
export function inShort(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 7_200) return `${Math.round(whole / 60)} min`;
  if (whole < 172_800) return `${Math.round(whole / 3_600)} h`;
  return `${Math.round(whole / 86_400)} d`;
}
