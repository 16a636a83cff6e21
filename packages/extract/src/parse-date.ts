/** Minutes east of UTC. @see https://www.rfc-editor.org/rfc/rfc822#section-5.1 */
const zones: Record<string, number> = {
  ut: 0,
  utc: 0,
  gmt: 0,
  z: 0,
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
};
const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

const RFC_3339 =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[T ](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d+))?)? ?(?<zone>Z|[+-]\d\d:?\d\d)?)?$/i;
const RFC_822 =
  /^(?:[a-z]+, ?)?(?<day>\d\d?) (?<month>[a-z]{3})[a-z]* (?<year>\d{4}|\d\d) (?<hour>\d\d?):(?<minute>\d\d)(?::(?<second>\d\d))? ?(?<zone>[a-z]{1,3}|[+-]\d\d:?\d\d)?$/i;
const UNIX_TIME = /^(?<seconds>\d{10})(?<milliseconds>\d{3})?$/;

/**
 * Parses a date of RFC 3339, RFC 822 (the format of RSS) or Unix time into RFC 3339 in UTC; undefined
 * for anything else. A date without a zone is UTC, and a date without a time is midnight.
 *
 * n.b. `Date.parse` accepts "part 2" as a day in February, and uses the machine's zone by default.
 */
export function parseDate(text: string): string | undefined {
  const unix = UNIX_TIME.exec(text)?.groups;
  if (unix !== undefined)
    return new Date(Number(unix.seconds + (unix.milliseconds ?? '000'))).toISOString();
  const groups = RFC_3339.exec(text)?.groups ?? RFC_822.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { day, hour = '0', minute = '0', second = '0', fraction = '0' } = groups;
  const month = monthOf(groups.month ?? '');
  const date = new Date(0);
  date.setUTCFullYear(yearOf(groups.year ?? ''), month - 1, Number(day));
  const hasDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === Number(day);
  const offset = minutesEastOf(groups.zone ?? 'Z');
  // n.b. a leap second becomes the first second of the next minute
  const hasTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
  if (!hasDay || !hasTime || offset === undefined) return undefined;
  const milliseconds = Math.floor(Number(`0.${fraction}`) * 1_000);
  date.setUTCHours(Number(hour), Number(minute) - offset, Number(second), milliseconds);
  const iso = date.toISOString();
  // n.b. `toISOString` writes years before 0 and after 9999 with six digits, which RFC 3339 doesn't allow
  return /^\d{4}-/.test(iso) ? iso : undefined;
}

function monthOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : months.indexOf(text.toLowerCase()) + 1;
}

/** @see https://www.rfc-editor.org/rfc/rfc2822#section-4.3 for years of two digits */
function yearOf(text: string): number {
  if (text.length === 4) return Number(text);
  return Number(text) + (Number(text) < 50 ? 2000 : 1900);
}

function minutesEastOf(zone: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  if (sign === undefined) return zones[zone.toLowerCase()];
  if (Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
