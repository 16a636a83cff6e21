/** Formats a moment as ISO 8601 to the second, with the UTC offset of an IANA time zone at that moment. Throws a `RangeError` for an unknown zone. */
export function zonedTime(atMs: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const zone = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName');
  const offset = zone?.value.replace('GMT', '') || '+00:00';
  // midnight of the zone, read as UTC, yields the negated offset
  const offsetMs = -Date.parse(`1970-01-01T00:00:00${offset}`);
  return new Date(atMs + offsetMs).toISOString().slice(0, 19) + offset;
}
